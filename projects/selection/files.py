"""Files of a case. What may come in at all is said in portal.uploads; what stands in them is read by `reading`."""

from portal.uploads import ALLOWED, MAX_BYTES, MAX_NAME, ZIPPED, Accepted, accept, safe_name

__all__ = ["ALLOWED", "MAX_BYTES", "MAX_NAME", "PICTURES", "ZIPPED", "Accepted", "accept", "safe_name"]

PICTURES = (".jpg", ".jpeg", ".png")
