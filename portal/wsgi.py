import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.demo")

application = get_wsgi_application()

# What a worker has loaded by now stays for its life: it is not looked through again with every collection.
gc.collect()
gc.freeze()
