"""What every call of the JSON API shares. An app's `api.py` declares its calls with `Resource` and writes nothing else.

A call goes: `door` (who asks, how often, may they) → `bodies` (what was sent) → `binding` (the app's own Form judges
it) → one operation → the answer, with `etags`, `paging` and sparse `fields`; `once` makes a repeated call safe, and
whatever goes wrong leaves as `problems`.
"""
