"""The one Alembic environment of all histories; everything it needs comes in `config.attributes`."""

from alembic import context

options = context.config.attributes
common = {
    "version_table": options["version_table"],
    "target_metadata": options["metadata"],
    "compare_type": True,
    "compare_server_default": False,
}

if context.is_offline_mode():
    context.configure(
        dialect_name="postgresql",
        dialect_opts={"paramstyle": "named"},
        output_buffer=options["output"],
        transactional_ddl=False,
        **common,
    )
else:
    context.configure(
        connection=options["connection"],
        version_table_schema=options["schema"],
        include_schemas=options["include_schemas"],
        include_name=options["include_name"],
        include_object=options["include_object"],
        **common,
    )

with context.begin_transaction():
    context.run_migrations()
