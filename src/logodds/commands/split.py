"""Table -> train, validation and test rows: logodds split out/iris/config.yaml"""

import json

from logodds.data import split, splitter, table
from logodds.data.split_options import SplitOptions
from logodds.options import configfile, schema
from logodds.system import atomic
from logodds.system.terminal import command, document


def main() -> int:
    path = command.one_path("split", "out/PROBLEM/config.yaml")
    options = schema.read(SplitOptions, configfile.section(path, "split"), "split")
    options.check()
    rows = table.load(path.parent / "table.arrow")
    parts = splitter.split(rows, options)
    split.save(parts, path.parent / "split.safetensors")
    certificate = split.certificate(rows, parts)
    atomic.write_text(path.parent / "split.json", json.dumps(certificate, indent=1) + "\n")
    document.add(files=[path.parent / "split.safetensors", path.parent / "split.json"], split=certificate)
    return 0
