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

    owed: bytes = b""
    """Commands that go before the next statement of this transaction; they end with it."""

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

    def send_script(self, commands: bytes) -> None:
        """Commands of the host's own in one message, in the transaction, which begins if need be; no parameters.

        What is owed goes before them.
        """
        if self.pgconn.transaction_status != _IDLE:
            commands, self.owed = self.owed + commands, b""
        with self.lock:
            self.wait(self._scripted(commands))

    def pay(self) -> None:
        """Send what is owed."""
        if self.owed:
            self.send_script(b"")

    def _scripted(self, commands: bytes) -> Any:
        yield from self._start_query()
        yield from self._exec_script(commands)

    def _get_tx_start_command(self) -> bytes:
        self.owed = b""
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

    def _exec_script(self, command: bytes) -> Any:
        self._check_connection_ok()
        self.pgconn.send_query(command)
        results = yield from psycopg.generators.execute(self.pgconn)
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result, encoding=self.pgconn._encoding)
        return results[-1]
