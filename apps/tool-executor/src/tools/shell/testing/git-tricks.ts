import { type Trick, tricks } from './trick';

const gitRun = tricks(
  'git',
  'run',
  `-c "alias.x=!touch OUT/made" x
  -c "alias.x=!cat CANARY" x
  -c "core.pager=touch OUT/made" --paginate log
  -c "core.editor=touch OUT/made;" commit --allow-empty
  -c "sequence.editor=touch OUT/made;" rebase -i HEAD
  -c "diff.external=touch OUT/made;" diff HEAD~1
  -c "core.fsmonitor=touch OUT/made;" status
  -c core.hooksPath=hooks commit --allow-empty -m x
  -c "core.sshCommand=touch OUT/made;" fetch ssh://127.0.0.1/x
  -c "protocol.ext.allow=always" fetch "ext::touch OUT/made"
  -c "protocol.ext.allow=always" clone "ext::touch OUT/made" x
  -c "protocol.ext.allow=always" ls-remote "ext::sh -c touch% OUT/made"
  -c "filter.x.clean=touch OUT/made;" -c core.attributesFile=attributes add a.txt
  -c "credential.helper=!touch OUT/made;" credential fill
  -c "gpg.program=hooks/pre-commit" commit -S --allow-empty -m x
  -c "core.alternateRefsCommand=touch OUT/made;" fetch .
  --exec-path=hooks status
  --exec-path=hooks pre-commit
  --config-env=alias.x=SHELL x
  grep "-Otouch OUT/made;" hello
  grep "--open-files-in-pager=touch OUT/made;" hello
  grep -O hello
  bisect run touch OUT/made
  rebase -x "touch OUT/made" HEAD~1
  rebase --exec "touch OUT/made" HEAD~1
  submodule foreach "touch OUT/made"
  difftool -y -x "touch OUT/made;" HEAD~1
  mergetool --tool=x
  filter-branch --tree-filter "touch OUT/made" HEAD
  fetch "--upload-pack=touch OUT/made;" .
  pull "--upload-pack=touch OUT/made;" . main
  ls-remote "--upload-pack=touch OUT/made;" .
  clone "--upload-pack=touch OUT/made;" . x
  clone "-utouch OUT/made;" . x
  push "--receive-pack=touch OUT/made;" . HEAD:x
  archive "--exec=touch OUT/made;" --remote=. HEAD
  send-email "--sendmail-cmd=touch OUT/made;" x
  help -a
  instaweb --httpd=hooks/pre-commit
  hook run pre-commit
  diff --ext-diff HEAD~1
  show --textconv HEAD
  cat-file --textconv HEAD:a.txt
  commit --allow-empty -e -m x
  branch --edit-description
  add --patch
  stash pop
  merge x
  cherry-pick HEAD
  am x`,
);

const gitElse: readonly Trick[] = [
  ...tricks(
    'git',
    'write',
    `-C OUT init
    --git-dir=OUT/made init
    --work-tree=OUT checkout -f HEAD
    init OUT/made
    init --separate-git-dir=OUT/made x
    clone . OUT/made
    worktree add OUT/made
    log --output=OUT/made
    diff --output=OUT/made HEAD~1
    show --output=OUT/made
    archive --output=OUT/made.tar HEAD
    archive -o OUT/made.tar HEAD
    bundle create OUT/made HEAD
    format-patch -o OUT HEAD~1
    config --file OUT/made a.b c
    config --global a.b c
    checkout-index -a --prefix=OUT/
    read-tree --index-output=OUT/made HEAD
    mv a.txt OUT/made
    rm CANARY
    restore --source=HEAD OUT
    fast-export --export-marks=OUT/made HEAD`,
  ),
  ...tricks(
    'git',
    'read',
    `diff --no-index a.txt CANARY
    diff --no-index /dev/null CANARY
    grep --no-index CANARY-that CANARY
    grep --no-index CANARY-that OUT
    grep -f CANARY --no-index CANARY CANARY
    blame --contents CANARY a.txt
    hash-object -w CANARY
    commit --allow-empty -F CANARY
    commit --allow-empty -t CANARY
    tag -F CANARY x
    config --file CANARY --list
    add CANARY
    -c core.excludesFile=CANARY check-ignore -v a.txt
    -c include.path=CANARY status
    apply CANARY
    ls-files --exclude-from=CANARY -i -o
    shortlog --file=CANARY
    init --template=OUT x
    check-attr --stdin a`,
  ),
  ...tricks(
    'git',
    'connect',
    `fetch git://127.0.0.1:PORT/x
    clone http://127.0.0.1:PORT/x
    ls-remote http://127.0.0.1:PORT/x
    push http://127.0.0.1:PORT/x HEAD
    submodule add http://127.0.0.1:PORT/x
    archive --remote=git://127.0.0.1:PORT/x HEAD
    remote add x http://127.0.0.1:PORT/x
    imap-send
    daemon --port=1 --base-path=.`,
  ),
];

export const gitTricks: readonly Trick[] = [...gitRun, ...gitElse];
