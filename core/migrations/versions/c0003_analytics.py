"""roll-ups of the shop's days, visits and where buyers came from"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0003"
down_revision = "c0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('rollup_buyer',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('store_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('buyer_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('orders', sa.Integer(), nullable=False),
    sa.Column('kept', sa.Integer(), nullable=False),
    sa.Column('paid_fen', sa.BigInteger(), nullable=False),
    sa.Column('is_first', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'store_id', 'buyer_id', name=op.f('pk_rollup_buyer'))
    )
    op.create_index('ix_rollup_buyer_first', 'rollup_buyer', ['buyer_id', 'day'], unique=False, postgresql_where=sa.text('is_first'))
    op.create_table('rollup_day',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('store_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('orders', sa.Integer(), server_default='0', nullable=False),
    sa.Column('lines', sa.Integer(), server_default='0', nullable=False),
    sa.Column('quantity', sa.Numeric(precision=18, scale=3), server_default='0', nullable=False),
    sa.Column('list_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('member_disc_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('coupon_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('coupon_match_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('sales_value_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('shop_borne_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('supplier_borne_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('platform_borne_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('goods_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('shipping_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('paid_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('refunds', sa.Integer(), server_default='0', nullable=False),
    sa.Column('refunded_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('day', 'store_id', 'channel', name=op.f('pk_rollup_day'))
    )
    op.create_table('rollup_dirty',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('phase', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("phase IN ('marked', 'computing')", name=op.f('ck_rollup_dirty_phase')),
    sa.PrimaryKeyConstraint('day', 'phase', name=op.f('pk_rollup_dirty'))
    )
    op.create_table('rollup_hour',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('hour', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('store_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('orders', sa.Integer(), server_default='0', nullable=False),
    sa.Column('paid_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('refunded_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('day', 'hour', 'store_id', name=op.f('pk_rollup_hour'))
    )
    op.create_table('rollup_rule',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('store_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('orders', sa.Integer(), nullable=False),
    sa.Column('paid_fen', sa.BigInteger(), nullable=False),
    sa.Column('shop_borne_fen', sa.BigInteger(), nullable=False),
    sa.Column('supplier_borne_fen', sa.BigInteger(), nullable=False),
    sa.Column('platform_borne_fen', sa.BigInteger(), nullable=False),
    sa.Column('buyers', postgresql.ARRAY(sa.BigInteger()), nullable=False),
    sa.Column('new_buyers', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'store_id', 'source', 'rule', name=op.f('pk_rollup_rule'))
    )
    op.create_table('rollup_sku',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('store_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('sku_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('orders', sa.Integer(), server_default='0', nullable=False),
    sa.Column('quantity', sa.Numeric(precision=18, scale=3), server_default='0', nullable=False),
    sa.Column('list_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('paid_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('refunded_quantity', sa.Numeric(precision=18, scale=3), server_default='0', nullable=False),
    sa.Column('refunded_fen', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('day', 'store_id', 'sku_id', name=op.f('pk_rollup_sku'))
    )
    op.create_index('ix_rollup_sku_sku', 'rollup_sku', ['sku_id', 'day'], unique=False)
    op.create_table('rollup_source',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('store_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('touch', sa.Text(), nullable=False),
    sa.Column('scene', sa.Text(), nullable=False),
    sa.Column('orders', sa.Integer(), nullable=False),
    sa.Column('paid_fen', sa.BigInteger(), nullable=False),
    sa.Column('new_buyers', sa.Integer(), nullable=False),
    sa.CheckConstraint("touch IN ('first', 'last')", name=op.f('ck_rollup_source_touch')),
    sa.PrimaryKeyConstraint('day', 'store_id', 'touch', 'scene', name=op.f('pk_rollup_source'))
    )
    op.create_table('rollup_visit',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('store_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('scene', sa.Text(), nullable=False),
    sa.Column('visits', sa.Integer(), nullable=False),
    sa.Column('visitors', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'store_id', 'scene', name=op.f('pk_rollup_visit'))
    )
    op.create_table('buyer_touch',
    sa.Column('buyer_id', sa.BigInteger(), nullable=False),
    sa.Column('scene', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['buyer_id'], ['buyer.id'], name=op.f('fk_buyer_touch_buyer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('buyer_id', name=op.f('pk_buyer_touch'))
    )
    op.create_table('visit',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('visitor', sa.Text(), nullable=False),
    sa.Column('scene', sa.Text(), nullable=False),
    sa.Column('store_id', sa.BigInteger(), nullable=True),
    sa.Column('buyer_id', sa.BigInteger(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['buyer_id'], ['buyer.id'], name=op.f('fk_visit_buyer_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['store_id'], ['store.id'], name=op.f('fk_visit_store_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('day', 'visitor', 'scene', name=op.f('pk_visit'))
    )
    op.create_index('ix_visit_buyer', 'visit', ['buyer_id', 'at'], unique=False, postgresql_where=sa.text('buyer_id IS NOT NULL'))
    op.create_index('ix_visit_visitor', 'visit', ['visitor'], unique=False, postgresql_where=sa.text('buyer_id IS NULL'))
    op.create_table('rollup_refund',
    sa.Column('refund_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['refund_id'], ['refund.id'], name=op.f('fk_rollup_refund_refund_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('refund_id', name=op.f('pk_rollup_refund'))
    )
    op.create_index('ix_orders_paid_at', 'orders', ['paid_at', 'id'], unique=False)
    op.create_index('ix_refund_done_at', 'refund', ['done_at'], unique=False, postgresql_where=sa.text("state = 'success' AND kind = 'customer'"))
