from .forms import Form, FormField, FormSection
from .returns import Return, ReturnStatus, Value, ValueSource, Verdict

__all__ = ["Form", "FormField", "FormSection", "Return", "ReturnStatus", "Value", "ValueSource", "Verdict"]
