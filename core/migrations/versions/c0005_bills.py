"""daily bills compared, refunds settled by hand, platform certificates looked after"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c0005"
down_revision = "c0004"
branch_labels = None
depends_on = None

_FAILING = "settled_at IS NULL AND (state IN ('closed', 'abnormal') OR error_code IS NOT NULL)"


def upgrade() -> None:
    _certificates()
    _refunds()
    _bill_day()
    _bill_rows()


def _certificates() -> None:
    op.add_column("payment_profile", sa.Column("certs_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payment_profile", sa.Column("certs_checked_at", sa.DateTime(timezone=True), nullable=True))


def _refunds() -> None:
    op.create_index("ix_payment_paid", "payment", ["paid_at"], postgresql_where=sa.text("state = 'paid'"))
    op.add_column("refund", sa.Column("error_code", sa.Text(), nullable=True))
    op.add_column("refund", sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("refund", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("refund", sa.Column("settled_by", sa.BigInteger(), nullable=True))
    op.add_column("refund", sa.Column("settled_note", sa.Text(), nullable=True))
    op.create_index("ix_refund_failing", "refund", ["id"], postgresql_where=sa.text(_FAILING))
    op.create_index(
        "ix_refund_accepted", "refund", ["accepted_at"], postgresql_where=sa.text("accepted_at IS NOT NULL")
    )


def _bill_day() -> None:
    op.create_table(
        "bill_day",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mchid", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("matched", sa.Integer(), server_default="0", nullable=False),
        sa.Column("others", sa.Integer(), server_default="0", nullable=False),
        sa.Column("payments_there", sa.Integer(), server_default="0", nullable=False),
        sa.Column("payments_here", sa.Integer(), server_default="0", nullable=False),
        sa.Column("paid_there_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("paid_here_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunds_there", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refunds_here", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refunded_there_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_here_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'ok', 'differs', 'failed')", name=op.f("ck_bill_day_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_day")),
        sa.UniqueConstraint("day", "mchid", "mode", name=op.f("uq_bill_day_day_mchid_mode")),
    )
    op.create_index("ix_bill_day_due", "bill_day", ["next_try_at"], postgresql_where=sa.text("state = 'waiting'"))


def _bill_rows() -> None:
    op.create_table(
        "bill_line",
        sa.Column("bill_day_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("wechat_no", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill_day_id"], ["bill_day.id"], name=op.f("fk_bill_line_bill_day_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bill_day_id", "line", name=op.f("pk_bill_line")),
    )
    op.create_table(
        "bill_difference",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bill_day_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("wechat_no", sa.Text(), nullable=False),
        sa.Column("there_fen", sa.BigInteger(), nullable=True),
        sa.Column("here_fen", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("subject IN ('payment', 'refund')", name=op.f("ck_bill_difference_subject")),
        sa.CheckConstraint(
            "kind IN ('missing_here', 'missing_there', 'amount_differs')", name=op.f("ck_bill_difference_kind")
        ),
        sa.ForeignKeyConstraint(
            ["bill_day_id"], ["bill_day.id"], name=op.f("fk_bill_difference_bill_day_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_difference")),
        sa.UniqueConstraint(
            "bill_day_id", "subject", "number", name=op.f("uq_bill_difference_bill_day_id_subject_number")
        ),
    )
    op.create_index(
        "ix_bill_difference_open", "bill_difference", ["bill_day_id"], postgresql_where=sa.text("resolved_at IS NULL")
    )
