"""Configurations that are wrong, from the command line and from files."""

from bad_inputs.case import Case, replaced, wrote

CONFIG = "out/toy/config.yaml"
SECRET = {"SECRET": "s3cret"}
#: A list of lists of lists, each of ten times the one before.
ALIASES = "a0: &a0 x\n" + "".join(f"a{k}: &a{k} [{','.join([f'*a{k - 1}'] * 10)}]\n" for k in range(1, 9))

CASES = [
    Case(
        "unknown key",
        "train problem=toy optim.lrr=1",
        "optim.lrr: unknown key; did you mean optim.lr, optim.name, optim.nesterov?",
    ),
    Case(
        "key with two values in a sweep",
        "train -m problem=toy optim.lr=0.1 optim.lr=0.2",
        "optim.lr=0.1 and optim.lr=0.2: optim.lr is given twice; leave one of them out",
    ),
    Case(
        "option with two values",
        "train -m problem=toy optim.lr=0.1,0.2 model=mlp,logistic model=mlp",
        "model=mlp,logistic and model=mlp: model is given twice; leave one of them out",
    ),
    Case("added unknown key", "train problem=toy +optim.lrr=1", "optim.lrr: unknown key for SGD; did you mean lr?"),
    Case("unknown section", "train problem=toy +optimizer.lr=1", "optimizer: unknown section; did you mean optim?"),
    Case(
        "unknown option",
        "train problem=toy model=transformer",
        "model=transformer: unknown option; known: bilstm, cnn, logistic, mlp, resnet, tabm",
    ),
    Case("unknown problem", "train problem=tyo", "problem=tyo: unknown option; did you mean toy?"),
    Case(
        "empty option",
        "train problem=toy model=",
        "model=: unknown option; known: bilstm, cnn, logistic, mlp, resnet, tabm",
    ),
    Case(
        "list of options",
        "train problem=toy model=[mlp,logistic]",
        "model=[mlp,logistic]: model takes one option; for several runs use -m model=mlp,logistic",
    ),
    Case(
        "number for an option",
        "train problem=toy model=5",
        "model=5: no option of the group; known: bilstm, cnn, logistic, mlp, resnet, tabm",
    ),
    Case("mapping for a number", "train problem=toy optim.lr={a:1}", "optim.lr={'a': 1}: must be a number"),
    Case("words for a number", "train problem=toy train.epochs=many", "train.epochs=many: must be a whole number"),
    Case(
        "fraction for a whole number", "train problem=toy train.epochs=1.5", "train.epochs=1.5: must be a whole number"
    ),
    Case("null for a number", "train problem=toy train.epochs=null", "train.epochs=null: must be a whole number"),
    Case("negative", "train problem=toy optim.lr=-1", "optim.lr=-1.0: must be finite and > 0"),
    Case("not a number", "train problem=toy optim.lr=nan", "optim.lr=nan: must be finite and > 0"),
    Case("infinite", "train problem=toy optim.lr=inf", "optim.lr=inf: must be finite and > 0"),
    Case(
        "beyond the integers",
        "train problem=toy train.epochs=100000000000000000000000",
        "train.epochs=100000000000000000000000: must be finite and >= 1 and <= 1e+09",
    ),
    Case(
        "seed beyond 64 bits",
        "train problem=toy train.seed=18446744073709551616",
        "train.seed=18446744073709551616: must be finite and >= 0 and < 9.22337e+18",
    ),
    Case(
        "no rows left to train on",
        "train problem=toy split.val_size=0.5 split.test_size=0.5",
        "split.val_size=0.5 + split.test_size=0.5: must be < 1, the rest is train",
    ),
    Case(
        "name that leaves its folder",
        "train problem=toy problem.name=../../x",
        "problem.name=../../x: must be 1 to 64 letters, digits, '.', '_' or '-', and not only dots",
    ),
    Case(
        "name of dots",
        "train problem=toy problem.name=..",
        "problem.name=..: must be 1 to 64 letters, digits, '.', '_' or '-', and not only dots",
    ),
    Case("empty path", "train problem=toy problem.path=", "problem.path=: a folder, not a file; name a file in it"),
    Case(
        "path with NUL",
        "train problem=toy 'problem.path=\"a\0b\"'",
        "'a\\x00b': no path holds a NUL character; write another",
    ),
    Case("option with dashes", "train problem=toy --lr=0.1", "--lr=0.1: no such option; write optim.lr=0.1"),
    Case(
        "not an override",
        "train problem=toy lr",
        "lr: not key=value; if it is part of the value before it, type 'problem=toy lr'",
    ),
    Case(
        "open bracket",
        "train problem=toy model=mlp model.hidden=[64",
        "model.hidden=[64: not a list or mapping; write key=value in single quotes, as in 'problem.missing=[\"\",NA]'",
    ),
    Case(
        "several values without -m",
        "train problem=toy optim.lr=0.1,0.2",
        "optim.lr=0.1,0.2: several values are a sweep, which takes -m; one text is typed 'optim.lr=\"0.1,0.2\"'",
    ),
    Case("bad value in a sweep", "train -m problem=toy optim.lr=0.1,-1", "optim.lr=-1.0: must be finite and > 0"),
    Case(
        "sweep without values",
        "train -m problem=toy optim.lr=range(0)",
        "optim.lr=range(0): holds no values to try; list one or more: KEY=VALUE,VALUE",
    ),
    Case(
        "sweep without an end",
        "train -m problem=toy 'optim.lr=range(1,inf)'",
        "optim.lr=range(1,inf): has no end; give one: KEY=range(START,STOP)",
    ),
    Case(
        "sweep of an unknown key",
        "train -m problem=toy optim.lrr=0.1,0.2",
        "optim.lrr: unknown key; did you mean optim.lr, optim.name, optim.nesterov?",
    ),
    Case(
        "open interval in a search",
        "train -m problem=toy hydra/sweeper=optuna 'optim.lr=interval(1'",
        "optim.lr=interval(1: Hydra reads such a value in quotes only; type 'optim.lr=\"interval(1\"'",
    ),
    Case(
        "empty interval in a search",
        "train -m problem=toy hydra/sweeper=optuna 'optim.lr=interval(1,0)'",
        "optim.lr=interval(1,0): must have finite ends, the lower one first; write optim.lr=interval(LOW,HIGH)",
    ),
    Case(
        "interval in a grid",
        "train -m problem=toy 'optim.lr=interval(0.1,1)'",
        "optim.lr=interval(0.1,1): holds no values to try; list one or more: KEY=VALUE,VALUE",
    ),
    Case(
        "unknown sampler",
        "train -m problem=toy hydra/sweeper=optuna hydra.sweeper.sampler=tep optim.lr=0.1,1",
        "hydra.sweeper.sampler=tep: must be one of tpe, random, grid",
    ),
    Case(
        "unknown launcher",
        "train -m problem=toy hydra/launcher=swep optim.lr=0.1,1",
        "hydra/launcher=swep: unknown option; did you mean sweep?",
    ),
    Case(
        "unknown key of the launcher",
        "train -m problem=toy hydra.launcher.jobs=2 optim.lr=0.1,1",
        "hydra.launcher.jobs: unknown key; did you mean hydra.launcher.n_jobs?",
    ),
    Case(
        "folds in a sweep",
        "train -m problem=iris split.folds=2 optim.lr=0.1,1",
        "split.folds=2: takes one configuration, no sweep; choose one value of each key and leave out -m",
    ),
    Case(
        "exact solver of a network",
        "train problem=toy optim=newton model=mlp",
        "optim=newton: solves the convex case only, not model=mlp; use model=logistic",
    ),
    Case(
        "exact solver of another loss",
        "train problem=toy optim=newton loss=focal",
        "optim=newton: solves loss=bce with loss.from_logits=true only; use optim=sgd",
    ),
    Case(
        "texts' model for numbers",
        "train problem=toy model=bilstm",
        "model=bilstm: reads features=tokens, not tabular; use model=logistic or mlp or resnet or tabm",
    ),
    Case(
        "pictures' model for numbers",
        "train problem=toy model=cnn",
        "model=cnn: reads features=pixels, not tabular; use model=logistic or mlp or resnet or tabm",
    ),
    Case(
        "groups without a column",
        "train problem=toy split.method=grouped",
        "split.method=grouped: needs split.column=NAME",
    ),
    Case(
        "nesterov without momentum",
        "train problem=toy optim.nesterov=true",
        "optim.nesterov=true: needs optim.momentum > 0",
    ),
    Case(
        "unknown figure",
        "train problem=toy train.monitor=val/acuracy",
        "train.monitor=val/acuracy: must be one of train/loss, val/accuracy, val/average_precision, "
        "val/balanced_accuracy, val/f1, val/loss, val/mcc, val/precision, val/recall, val/roc_auc",
    ),
    Case(
        "warm-up longer than training",
        "train problem=toy train.epochs=5 train.warmup_epochs=5",
        "train.warmup_epochs=5: must be < train.epochs=5",
    ),
    Case(
        "folds in the pipeline",
        "compose problem=iris split.folds=2",
        "split.folds=2: not in the pipeline; python src/train.py problem=NAME takes it",
    ),
    Case(
        "environment",
        "train problem=toy 'train.seed=${oc.env:SECRET}'",
        "train.seed=${oc.env:SECRET}: ${…} may stand for another key or ${oc.env:LOGODDS_DEVICE} alone; "
        "write the value itself",
        environment=SECRET,
    ),
    Case(
        "environment in a name",
        "train problem=toy 'problem.name=${oc.env:SECRET}'",
        "problem.name=${oc.env:SECRET}: ${…} may stand for another key or ${oc.env:LOGODDS_DEVICE} alone; "
        "write the value itself",
        environment=SECRET,
    ),
    Case(
        "environment within environment",
        "train problem=toy 'train.device=\"${oc.env:${oc.env:SECRET},auto}\"'",
        'train.device="${oc.env:${oc.env:SECRET},auto}": ${…} may stand for another key or '
        "${oc.env:LOGODDS_DEVICE} alone; write the value itself",
        environment=SECRET,
    ),
    Case(
        "environment in compose",
        "compose problem=toy 'problem.path=${oc.env:SECRET}'",
        "problem.path=${oc.env:SECRET}: ${…} may stand for another key or ${oc.env:LOGODDS_DEVICE} alone; "
        "write the value itself",
        environment=SECRET,
    ),
    Case(
        "environment in a sweep",
        "train -m problem=toy 'optim.lr=0.1,${oc.env:SECRET}'",
        "optim.lr=0.1,${oc.env:SECRET}: ${…} may stand for another key or ${oc.env:LOGODDS_DEVICE} alone; "
        "write the value itself",
        environment=SECRET,
    ),
    Case(
        "a folder for Hydra's own files",
        "train problem=toy hydra.run.dir=elsewhere",
        "hydra.run.dir=elsewhere: has no effect here; a run prints the folder of its files",
    ),
    Case(
        "environment in Hydra's keys",
        "train problem=toy 'hydra.launcher.n_jobs=${oc.env:SECRET}'",
        "hydra.launcher.n_jobs=${oc.env:SECRET}: ${…} may stand for another key or ${oc.env:LOGODDS_DEVICE} alone; "
        "write the value itself",
        environment=SECRET,
    ),
    Case(
        "decoded text",
        "train problem=toy 'optim.lr=${oc.decode:1}'",
        "optim.lr=${oc.decode:1}: ${…} may stand for another key or ${oc.env:LOGODDS_DEVICE} alone; "
        "write the value itself",
    ),
    Case(
        "unknown resolver",
        "train problem=toy 'optim.lr=${shell:ls}'",
        "optim.lr=${shell:ls}: ${…} may stand for another key or ${oc.env:LOGODDS_DEVICE} alone; "
        "write the value itself",
    ),
    Case(
        "reference to nowhere",
        "train problem=toy 'optim.lr=${optim.lrr}'",
        "optim.lr: Interpolation key 'optim.lrr' not found; write the value itself",
    ),
    Case(
        "reference to itself",
        "train problem=toy 'optim.lr=${optim.lr}'",
        "optim.lr: Recursive interpolation detected; write the value itself",
    ),
    Case(
        "object",
        "train problem=toy +optim._target_=os.system",
        "optim._target_: unknown key for SGD; known: lr, momentum, name, nesterov, weight_decay",
    ),
    Case(
        "object of the launcher",
        "train -m problem=toy hydra.launcher._target_=os.system optim.lr=0.1,1",
        "hydra.launcher._target_=os.system: may run or read anything; "
        "of Hydra's keys there are hydra/launcher, hydra/sweeper, hydra.launcher.KEY and hydra.sweeper.KEY",
    ),
    Case(
        "object within a value",
        "train problem=toy '+optim.x={_target_: os.system}'",
        "optim.x: unknown key for SGD; known: lr, momentum, name, nesterov, weight_decay",
    ),
    Case(
        "objects of Hydra's logging",
        "train problem=toy +hydra.job_logging.formatters.x.class=os.system",
        "+hydra.job_logging.formatters.x.class=os.system: may run or read anything; "
        "of Hydra's keys there are hydra/launcher, hydra/sweeper, hydra.launcher.KEY and hydra.sweeper.KEY",
    ),
    Case(
        "object within the launcher",
        "train -m problem=toy 'hydra.launcher.n_jobs={_target_: os.system}' optim.lr=0.1,1",
        "hydra.launcher.n_jobs={_target_: os.system}: may run or read anything; "
        "of Hydra's keys there are hydra/launcher, hydra/sweeper, hydra.launcher.KEY and hydra.sweeper.KEY",
    ),
    Case(
        "columns that are not there",
        "train problem=iris model=mlp 'model.groups=[[petal_lenght]]'",
        "model.groups: no input is made from 'petal_lenght'; did you mean petal_length, sepal_length, petal_width?",
    ),
    Case(
        "model beyond the memory",
        f"train problem=toy model=mlp model.hidden=[{','.join(['65536'] * 64)}]",
        "out of memory; use a smaller model, fewer or shorter rows, or a smaller batch",
        code=1,
    ),
    Case(
        "objects of Hydra's callbacks",
        "train problem=toy '+hydra.callbacks.x._target_=os.system'",
        "+hydra.callbacks.x._target_=os.system: may run or read anything; "
        "of Hydra's keys there are hydra/launcher, hydra/sweeper, hydra.launcher.KEY and hydra.sweeper.KEY",
    ),
    Case(
        "search path",
        "train problem=toy 'hydra.searchpath=[file:///tmp]'",
        "hydra.searchpath=[file:///tmp]: may run or read anything; "
        "of Hydra's keys there are hydra/launcher, hydra/sweeper, hydra.launcher.KEY and hydra.sweeper.KEY",
    ),
    Case(
        "another configuration's folder",
        "train --config-dir=/tmp problem=toy",
        "--config-dir=/tmp: no such option; write key=VALUE, as --help lists them",
    ),
    Case(
        "device of the environment",
        "train problem=toy",
        "train.device=gpu: must be one of auto, cpu, cuda",
        environment={"LOGODDS_DEVICE": "gpu"},
    ),
    Case(
        "no file",
        "train out/tyo/config.yaml",
        "out/tyo/config.yaml: no such configuration; write it with `python src/compose.py problem=NAME`",
    ),
    Case(
        "folder for a file",
        "prepare out/toy.yaml",
        "out/toy.yaml: no such configuration; write it with `python src/compose.py problem=NAME`",
    ),
    Case(
        "empty file",
        f"prepare {CONFIG}",
        "out/toy/config.yaml: not a mapping of sections; write it again with `python src/compose.py problem=NAME`",
        (wrote(CONFIG, ""),),
    ),
    Case(
        "file of a list",
        f"split {CONFIG}",
        "out/toy/config.yaml: not a mapping of sections; write it again with `python src/compose.py problem=NAME`",
        (wrote(CONFIG, "- a\n- b\n"),),
    ),
    Case(
        "file that is no YAML",
        f"train {CONFIG}",
        "out/toy/config.yaml: not a mapping of sections; write it again with `python src/compose.py problem=NAME`",
        (wrote(CONFIG, "a: [1\nb: }"),),
    ),
    Case(
        "file of bytes",
        f"train {CONFIG}",
        "out/toy/config.yaml: not a mapping of sections; write it again with `python src/compose.py problem=NAME`",
        (wrote(CONFIG, bytes(range(256))),),
    ),
    Case(
        "file without a section",
        f"train {CONFIG}",
        "out/toy/config.yaml: optmi: unknown section; did you mean optim?",
        (replaced(CONFIG, "optim:", "optmi:"),),
    ),
    Case(
        "file with an unknown key",
        f"train {CONFIG}",
        "out/toy/config.yaml: optim.lrr: unknown key for SGD; did you mean lr?",
        (replaced(CONFIG, "lr:", "lrr:"),),
    ),
    Case(
        "file with a text for a section",
        f"prepare {CONFIG}",
        "problem: must be a section of keys, not 'toy'",
        (wrote(CONFIG, "problem: toy\n"),),
    ),
    Case(
        "file without the stage's section",
        f"prepare {CONFIG}",
        "out/toy/config.yaml: has no section problem; write it again with `python src/compose.py problem=NAME`",
        (wrote(CONFIG, "split: {}\n"),),
    ),
    Case(
        "file without a split",
        f"split {CONFIG}",
        "out/toy/config.yaml: has no section split; write it again with `python src/compose.py problem=NAME`",
        (wrote(CONFIG, "problem: {}\n"),),
    ),
    Case(
        "file with an object",
        f"train {CONFIG}",
        "out/toy/config.yaml: optim._target_: unknown key for SGD; known: lr, momentum, name, nesterov, weight_decay",
        (replaced(CONFIG, "  name: sgd", "  name: sgd\n  _target_: os.system"),),
    ),
    Case(
        "file with an environment",
        f"train {CONFIG}",
        "out/toy/config.yaml: holds ${…}, which no resolved configuration has; "
        "write it again with `python src/compose.py problem=NAME`",
        (replaced(CONFIG, "device: auto", "device: ${oc.env:SECRET}"),),
        environment=SECRET,
    ),
    Case(
        "file with a tag of Python",
        f"train {CONFIG}",
        "out/toy/config.yaml: not a mapping of sections; write it again with `python src/compose.py problem=NAME`",
        (replaced(CONFIG, "lr: 0.01", "lr: !!python/object/apply:os.system [id]"),),
    ),
    Case(
        "deeply nested file",
        f"train {CONFIG}",
        f"{CONFIG}: holds more than 20 levels, which no resolved configuration has; "
        "write it again with `python src/compose.py problem=NAME`",
        (wrote(CONFIG, "a: " + "[" * 5000),),
    ),
    Case(
        "file of aliases",
        f"train {CONFIG}",
        f"{CONFIG}: holds references, which no resolved configuration has; "
        "write it again with `python src/compose.py problem=NAME`",
        (wrote(CONFIG, ALIASES),),
    ),
    Case("usage", "evaluate", "usage: python src/evaluate.py run=RUN_ID | out/PROBLEM/config.yaml"),
    Case("unknown problem of the pipeline", "reproduce tyo", "PROBLEM=tyo: not in the pipeline; did you mean toy?"),
    Case("unknown public data", "fetch adlut", "adlut: no public data set of that name; did you mean adult?"),
    Case(
        "nothing to compare",
        "compare sweep=",
        "usage: python src/compare.py sweep=ID | runs=[ID,ID] | problem=NAME [out=FILE.html]",
    ),
]
