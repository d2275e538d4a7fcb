"""How dates are written where a template names no format: in the admin (FORMAT_MODULE_PATH)."""
