"""`jishi plugin new`: a complete plugin package from templates, or the packaging around a folder that has the code.

`plugin-template/root` becomes the package's folder, `plugin-template/package` the Python package in it; every file is a
Jinja template that knows the `Spec`. Also here: the documents that are made from the source (`documents.py`).
"""
