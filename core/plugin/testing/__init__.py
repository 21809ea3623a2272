"""Tests of plugins: fixtures (`plugin.py`, loaded by pytest by itself) and the conformance kit.

    pytest --pyargs core.plugin.testing.conformance --plugin NAME

`--plugin` (again and again) says which installed plugins the app has, what they require comes along; without it every
installed plugin is there. `--plugin-module name=module:attr` stands for one that is not installed. A plugin that does
nothing until a merchant enters something (a campaign, a gift) names a function that does so:
`--plugin-setup name=module:function`, called as `function(tenant)`; all three may stand in `addopts`.
"""
