"""The contract of plugins as tests: `pytest --pyargs core.plugin.testing.conformance --plugin NAME`.

One module per group, each test for each plugin under test. A plugin that can't be imported or mounted fails in the
group that says why; the groups that would need it running are skipped then.
"""
