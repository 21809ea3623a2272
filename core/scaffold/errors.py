"""What the scaffold refuses."""

from __future__ import annotations

from core.errors import AppError


class BadName(AppError):
    code = "bad_plugin_name"
    status = 422


class BadText(AppError):
    code = "bad_plugin_text"
    status = 422


class FolderExists(AppError):
    code = "folder_exists"
    status = 409


class NotAPlugin(AppError):
    code = "not_a_plugin"
    status = 422
