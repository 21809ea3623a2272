# Two commands: `make run` and `make test`. They need Python ≥ 3.11 and nothing else; what they install goes into .venv.
# Arguments for the program go into ARGS: make run ARGS="--port 8080 --no-demo", make test ARGS=tests/launcher

CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for candidate in $(CANDIDATES); do \
	$$candidate -c '$(NEW_ENOUGH)' 2>/dev/null && { echo $$candidate; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
ARGS ?=

# Whatever the shell says: compiled modules are kept, for the dozens of processes that a start or a test run has.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-long test-examples test-browser screenshots assets translations bench lint lock clean
.DELETE_ON_ERROR:

help:
	@echo 'make run    启动全部（数据库、缓存、网站…），地址见最后的表格 / start everything'
	@echo 'make test   检查并测试 / lint and test'
	@echo 'make test-long  每个接口 200 个随机请求 / 200 generated requests per operation'
	@echo 'make test-examples  插件装进全新的环境里测试 / plugins in environments made from nothing but the lock'
	@echo 'make test-browser  真实浏览器打开每个页面 / every page in a real browser'
	@echo 'make screenshots  重拍 docs/screenshots / take docs/screenshots anew'
	@echo 'make assets  重新生成前端资源（需要 node）/ vendor the front-end libraries (needs node)'
	@echo 'make bench  测速 / benchmarks'
	@echo 'make lint   静态检查 / lint'
	@echo 'make lock   重新锁定依赖 / lock the dependencies anew'
	@echo 'make clean  删除缓存和 .venv，不动 var 里的数据 / remove .venv and caches, never the data in var'

run: $(VENV)/run.stamp
	@$(BIN)/jishi up $(ARGS)

test: lint
	$(BIN)/python -m pytest $(ARGS)

test-long: $(VENV)/dev.stamp
	JISHI_EXAMPLES=200 $(BIN)/python -m pytest tests/core/contract $(ARGS)

test-examples: $(VENV)/dev.stamp
	JISHI_CLEAN_INSTALL=1 $(BIN)/python -m pytest -n0 tests/examples tests/docs $(ARGS)

test-browser: $(VENV)/dev.stamp
	JISHI_EVERY_PAGE=1 $(BIN)/python -m pytest tests/browser $(ARGS)

screenshots: $(VENV)/dev.stamp
	$(BIN)/python -m tests.browser.screenshots $(ARGS)

assets:
	cd core/ui/frontend && npm ci --no-audit --no-fund && npm run vendor

translations: $(VENV)/dev.stamp
	$(BIN)/python -m core.scaffold.translations

bench: $(VENV)/dev.stamp
	$(BIN)/python -m bench $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .

lock: $(VENV)/dev.stamp
	$(PIP) install uv
	$(COMPILE) requirements/run.in -o requirements/run.lock $(ARGS)
	$(COMPILE) requirements/dev.in -o requirements/dev.lock $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +

$(VENV)/venv.stamp:
	@test -n "$(PYTHON)" || { echo '需要 Python ≥ 3.11，没有找到 / Python ≥ 3.11 is needed, none of these is: $(CANDIDATES)'; exit 1; }
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { echo '$(PYTHON) 不可用或低于 3.11 / $(PYTHON) does not run or is older than 3.11'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo '无法创建 .venv；Debian/Ubuntu 上请先 apt install python3-venv / install python3-venv first'; exit 1; }
	@touch $@

# setuptools, which builds the project itself, is in the lock: nothing is fetched that has no hash.
$(VENV)/%.stamp: requirements/%.lock setup.cfg pyproject.toml $(VENV)/venv.stamp
	@echo '安装依赖 / installing requirements/$*.lock'
	@$(PIP) install --require-hashes -r requirements/$*.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
