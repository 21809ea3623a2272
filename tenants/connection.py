"""The psycopg connection that can't forget its tenant.

psycopg sends BEGIN by itself before the first statement of a transaction. `TenantConnection` makes that
message carry `SET LOCAL search_path` and `SET LOCAL ROLE`: binding costs no round trip and ends with the
transaction, whatever pool or proxy stands in between. It overrides private methods of psycopg 3.3; a test
guards their names.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import pq

from tenants.context import TenantRef
from tenants.errors import AutocommitRefused, TenantMismatch

_IDLE = pq.TransactionStatus.IDLE


class TenantBegin(bytes):
    """BEGIN and the statements that bind a tenant, in one message; `parts` are the single commands."""

    parts: tuple[bytes, ...]

    @classmethod
    def of(cls, begin: bytes, ref: TenantRef) -> TenantBegin:
        path = f"SET LOCAL search_path = {ref.schema}, pg_temp".encode()
        parts = (begin, path, f"SET LOCAL ROLE {ref.role}".encode())
        message = cls(b"; ".join(parts))
        message.parts = parts
        return message


class StrictCursor(psycopg.Cursor[Any]):
    """Always the extended protocol, even without parameters: the server then refuses a second statement."""

    def _execute_send(self, query: Any, *, force_extended: bool = False, binary: bool | None = None) -> None:
        super()._execute_send(query, force_extended=True, binary=binary)


class TenantConnection(psycopg.Connection[Any]):
    """A connection of the login role: works for one tenant at a time, or for none and then can do nothing."""

    _tenant: TenantRef | None = None

    @property
    def tenant(self) -> TenantRef | None:
        return self._tenant

    @tenant.setter
    def tenant(self, ref: TenantRef | None) -> None:
        """Takes effect with the next transaction; raises TenantMismatch inside one."""
        if self.pgconn.transaction_status != _IDLE:
            raise TenantMismatch("事务进行中，不能更换租户")
        self._tenant = ref

    def forget_tenant(self) -> None:
        """Back to the pool: whatever the connection's state, the next transaction is nobody's."""
        self._tenant = None

    @property
    def autocommit(self) -> bool:
        return False

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        self.set_autocommit(value)

    def set_autocommit(self, value: bool) -> None:
        if value:
            raise AutocommitRefused

    def _get_tx_start_command(self) -> bytes:
        begin = super()._get_tx_start_command()
        return begin if self._tenant is None else TenantBegin.of(begin, self._tenant)

    def _exec_command(self, command: Any, result_format: pq.Format = pq.Format.TEXT) -> Any:
        if not isinstance(command, TenantBegin):
            return (yield from super()._exec_command(command, result_format))
        if self._pipeline:
            for part in command.parts:
                yield from super()._exec_command(part, result_format)
            return None
        return (yield from self._exec_script(command))

    def _exec_script(self, command: TenantBegin) -> Any:
        self._check_connection_ok()
        self.pgconn.send_query(command)
        results = yield from psycopg.generators.execute(self.pgconn)
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result, encoding=self.pgconn._encoding)
        return results[-1]
