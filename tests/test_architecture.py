"""Who may import whom."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"airbrush", "accounts", "gallery", "generation"}


def statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node, except below `if TYPE_CHECKING`: what stands there is never executed."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"):
            yield node
            yield from statements(node)


def modules_imported_by(file: Path) -> set[str]:
    """Every module that a file names in an import, wherever in the file that is."""
    package = file.relative_to(ROOT).parent.parts
    found = set()
    for node in statements(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join((*above, *([node.module] if node.module else [])))
            found |= {source} | {f"{source}.{alias.name}" for alias in node.names}
    return found


def offenders(folder: str, forbidden: set[str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in sorted((ROOT / folder).rglob("*.py"))
        for module in sorted(modules_imported_by(file))
        if any(module == name or module.startswith(f"{name}.") for name in forbidden)
    ]


def loaded_after(statement: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after a statement."""
    script = f"{statement}\nimport sys; sys.stdout.write(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


SETUP = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'airbrush.settings'; django.setup()"


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("accounts", OURS - {"accounts"}),
        ("gallery", OURS - {"gallery"}),
        ("generation", {"airbrush"}),
        ("generation/unclip", {"django", "celery", "environ", "psycopg", "airbrush", "accounts", "gallery"}),
        ("airbrush/embedded", {"django", "celery", "accounts", "gallery", "generation", "airbrush.settings"}),
    ],
)
def test_package_imports_only_what_it_may(package, forbidden):
    assert offenders(package, forbidden) == []


def test_engine_imports_nothing_else_of_generation():
    outside = {
        f"generation.{path.stem}"
        for path in (ROOT / "generation").iterdir()
        if path.stem not in ("unclip", "__init__", "__pycache__")
    }
    assert offenders("generation/unclip", outside) == []


def test_only_runtime_knows_the_engine():
    users = [
        file.name
        for file in (ROOT / "generation").glob("*.py")
        if any(module.startswith("generation.unclip.engine") for module in modules_imported_by(file))
    ]
    assert users == ["runtime.py"]


@pytest.mark.parametrize(
    ("module", "later"),
    [
        ("services.py", {"generation.views"}),
        ("tasks.py", {"generation.views", "generation.services"}),
        ("runner.py", {"generation.views", "generation.services", "generation.tasks"}),
    ],
)
def test_generation_flows_one_way(module, later):
    assert not modules_imported_by(ROOT / "generation" / module) & later


def test_engine_interface_loads_neither_torch_nor_django():
    assert not loaded_after("import generation.unclip") & {"torch", "django", "celery"}


def test_engine_leaves_django_unloaded():
    assert not loaded_after("import generation.unclip.engine") & {"django", "celery", "psycopg"}


def test_web_process_never_loads_torch():
    assert not loaded_after(f"{SETUP}; import airbrush.urls, airbrush.wsgi") & {"torch", "diffusers", "open_clip"}


def test_worker_starts_without_torch():
    statement = f"{SETUP}; from airbrush.celery import app; app.loader.import_default_modules()"
    assert not loaded_after(statement) & {"torch", "diffusers", "open_clip"}


@pytest.mark.parametrize("key", ["", "short", "django-insecure-" + "x" * 50])
def test_settings_refuse_a_weak_key(key, tmp_path):
    environment = {"SECRET_KEY": key, "AIRBRUSH_DATA": str(tmp_path), "DEBUG": "false"}
    done = subprocess.run(
        [sys.executable, "-c", "import airbrush.settings"], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert b"Set SECRET_KEY" in done.stderr


def test_deployment_checks_find_nothing(tmp_path):
    environment = {"SECRET_KEY": "0123456789abcdef" * 4, "AIRBRUSH_DATA": str(tmp_path), "HTTPS": "true"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
