import { gitTricks } from './git-tricks';
import { type Trick, tricks } from './trick';

const find: readonly Trick[] = [
  ...tricks(
    'find',
    'run',
    `. -maxdepth 0 -exec touch OUT/made ;
    . -maxdepth 0 -exec sh -c "touch OUT/made" ;
    . -maxdepth 0 -exec cat CANARY {} +
    . -maxdepth 0 -execdir touch OUT/made ;
    . -name a.txt -execdir cat CANARY ;
    . -maxdepth 0 -ok touch OUT/made ;
    . -maxdepth 0 -okdir touch OUT/made ;
    . -maxdepth 0 -exec perl -e "print 1" ;
    . -maxdepth 0 ( -exec touch OUT/made ; )
    . -maxdepth 0 -not -exec touch OUT/made ;`,
  ),
  ...tricks(
    'find',
    'write',
    `OUT -name canary.txt -delete
    . -fprint OUT/made
    . -fprint0 OUT/made
    . -fprintf OUT/made %p
    . -fls OUT/made
    OUT -type f -delete`,
  ),
  ...tricks(
    'find',
    'read',
    `OUT
    OUT -printf %p
    ../outside -name canary.txt
    . -files0-from CANARY
    -files0-from CANARY
    . -samefile CANARY
    . -newer CANARY
    -L . -name canary.txt
    -H way-out
    a.txt OUT
    / -maxdepth 1 -name home
    . -maxdepth 0 -newermm CANARY`,
  ),
];

const readers: readonly Trick[] = [
  ...tricks(
    'cat',
    'read',
    `CANARY
    ../outside/canary.txt
    a.txt CANARY
    -- CANARY
    -n CANARY
    /proc/self/environ
    /proc/1/environ
    /workspace/../outside/canary.txt
    ./../outside/canary.txt
    way-out/../outside/canary.txt
    ~/.bashrc`,
  ),
  ...tricks(
    'ls',
    'read',
    `OUT
    ..
    -R ..
    -la OUT
    -L way-out
    --dereference way-out
    -H way-out
    --hyperlink=always .
    /root
    /proc`,
  ),
  ...tricks(
    'grep',
    'read',
    `. CANARY
    -r . OUT
    -R CANARY-that .
    --dereference-recursive CANARY-that .
    -f CANARY a.txt
    --file=CANARY -v a.txt
    -e . CANARY
    -rf CANARY .
    --exclude-from=CANARY -r x .
    -D read . CANARY
    --devices=read . CANARY
    -d recurse . OUT
    --directories=recurse . OUT`,
  ),
  ...tricks('which', 'read', `OUT/tool\n../outside/tool\n--read-alias x`),
];

const python: readonly Trick[] = [
  ...tricks(
    'python',
    'run',
    `-c "import os; os.system('touch OUT/made')"
    -cimport\\x20os
    -Bc "open('OUT/made', 'w')"
    -ic "print(open('CANARY').read())"
    -c "print(open('CANARY').read())"
    -i a.py
    -m timeit "open('OUT/made', 'w')"
    -m timeit -s "import os" "os.system('touch OUT/made')"
    -m pdb a.py
    -m code
    -m idlelib
    -m cProfile a.py
    -m runpy a.py
    -Wignore::a.Warning a.py
    -W error::a.x a.py
    -X importtime a.py
    -X pycache_prefix=OUT a.py
    -m this
    -m test
    OUT/tool
    ../outside/tool
    -`,
  ),
  ...tricks(
    'python',
    'write',
    `-m venv OUT/made
    -m zipfile -c OUT/made a.txt
    -m tarfile -c OUT/made a.txt
    -m json.tool a.json OUT/made
    -m cProfile -o OUT/made a.py
    -m trace --count -C OUT a.py
    -m pip install --target OUT x
    -m ensurepip --root OUT
    -m compileall OUT
    -m py_compile CANARY
    -m lib2to3 -w CANARY
    -m gzip CANARY
    -m ensurepip`,
  ),
  ...tricks(
    'python',
    'read',
    `-m json.tool CANARY
    -m doctest CANARY
    -m tokenize CANARY
    -m ast CANARY
    -m zipfile -l CANARY
    -m base64 -e CANARY
    -m quopri CANARY
    -m inspect os
    -m site`,
  ),
  ...tricks(
    'python',
    'connect',
    `-m http.server 8099
    -m telnetlib 127.0.0.1 PORT
    -m ftplib 127.0.0.1
    -m webbrowser http://127.0.0.1:PORT
    -m pip download -i http://127.0.0.1:PORT x
    -m smtpd -n
    -c "import urllib.request as u; u.urlopen('http://127.0.0.1:PORT')"
    -m nntplib -h 127.0.0.1 -p PORT
    -m poplib 127.0.0.1`,
  ),
];

const testing: readonly Trick[] = [
  ...tricks(
    'pytest',
    'write',
    `--junitxml=OUT/made
    --junit-xml OUT/made
    --basetemp=OUT
    -o cache_dir=OUT/made
    --log-file=OUT/made
    --debug=OUT/made
    --resultlog=OUT/made
    --report-log=OUT/made`,
  ),
  ...tricks(
    'pytest',
    'run',
    `-p a
    -c CANARY
    --rootdir=OUT
    --confcutdir=OUT
    --pdb
    --pdbcls=a:b
    --trace
    OUT
    ../outside/tool::x
    --pyargs os
    --override-ini=python_files=*
    --import-mode=importlib
    --pastebin=all`,
  ),
];

const packages: readonly Trick[] = [
  ...tricks(
    'npm',
    'run',
    `exec -c "touch OUT/made"
    x -c "touch OUT/made"
    run evil
    run-script evil
    test
    start
    restart
    explore . touch OUT/made
    --script-shell=hooks/pre-commit run evil
    --node-options=--require=./a.js ls
    rebuild
    pkg set scripts.x=y
    init --yes
    set-script x y
    edit x`,
  ),
  ...tricks(
    'npm',
    'write',
    `--prefix OUT pkg set name=x
    pack --pack-destination OUT
    config set a b --location=global
    ls --userconfig CANARY
    ls --prefix=OUT
    link
    cache add . --cache OUT/made`,
  ),
  ...tricks(
    'npm',
    'connect',
    `view x --registry=http://127.0.0.1:PORT
    ping --registry=http://127.0.0.1:PORT
    install http://127.0.0.1:PORT/x.tgz
    publish --registry=http://127.0.0.1:PORT`,
  ),
  ...tricks(
    'yarn',
    'run',
    `run evil
    exec touch OUT/made
    node a.js
    test
    dlx x
    add x
    install
    --cwd OUT list
    --use-yarnrc CANARY list
    config set yarn-path x
    init -y`,
  ),
];

/** What no policy on arguments can see: it depends on what files of the workspace hold or where links lead. */
const unseen: readonly Trick[] = [
  { aim: 'read', argv: ['cat', 'way-out'] },
  { aim: 'read', argv: ['cat', 'folder-out/canary.txt'] },
  { aim: 'read', argv: ['ls', 'folder-out/'] },
  { aim: 'read', argv: ['grep', '.', 'way-out'] },
  { aim: 'read', argv: ['find', 'folder-out/'] },
  { aim: 'read', argv: ['python', 'reads.py'] },
  { aim: 'write', argv: ['python', 'writes.py'] },
  { aim: 'connect', argv: ['python', 'connects.py'] },
  { aim: 'run', argv: ['python', 'runs.py'] },
  { aim: 'run', argv: ['git', 'add', 'filtered.txt'] },
];

export const allTricks: readonly Trick[] = [
  ...[...find, ...gitTricks, ...readers, ...python, ...testing, ...packages, ...unseen],
];
