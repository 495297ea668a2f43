"""What the site has beside the pages of docs/: every command's help (a hook of mkdocs)."""

from __future__ import annotations

from click import Command, Context
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from prelabel_tui.cli.command_tree import COMMANDS, load_command


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page of the commands."""
    files.append(File.generated(config, "commands.md", content=commands()))
    return files


def commands() -> str:
    """Return the page of every command's help, as the command tree has it."""
    pages = []
    with Context(Command("prelabel-tui"), info_name="prelabel-tui") as root:
        for name in COMMANDS:
            command = load_command(name)
            pages.append(_help(Context(command, info_name=name, parent=root), "##"))
            within = Context(command, info_name=name, parent=root)
            for below, one in getattr(command, "commands", {}).items():
                pages.append(_help(Context(one, info_name=below, parent=within), "###"))
    return (
        f"""# Commands

Made from the program's own help as the site is built; `prelabel-tui COMMAND --help` shows the same.
[Outcomes](outcomes.md) has the exit codes.

{"".join(pages)}""".rstrip()
        + "\n"
    )


def _help(context: Context, level: str) -> str:
    """Return the help of a command as a section of a page."""
    context.terminal_width = context.max_content_width = 96
    path = context.command_path.removeprefix("prelabel-tui ")
    return f"{level} {path}\n\n```text\n{context.command.get_help(context)}\n```\n\n"
