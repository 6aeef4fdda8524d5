/** The one port on the loopback of a sandbox that has a proxy; nobody else is there to take it. */
const port = 3128;
const address = `http://127.0.0.1:${port}`;

/** How programs find the proxy. curl reads one of these in lower case only; Node has to be told to look. */
export const proxyEnvironment: Readonly<Record<string, string>> = {
  http_proxy: address,
  https_proxy: address,
  HTTP_PROXY: address,
  HTTPS_PROXY: address,
  NODE_USE_ENV_PROXY: '1',
};

/**
 * Carries bytes between a port on the loopback and the proxy's socket, and reads none of them: what may pass is decided outside. In
 * Perl, which is there wherever this tier is. It detaches itself before the program takes its place, so that the program has no child
 * that it did not start; with the program's namespace it ends.
 */
const script = String.raw`
use strict; use Socket; use POSIX ();
my ($port, $path, @program) = @ARGV;
my $ear;
socket($ear, PF_INET, SOCK_STREAM, 0) && bind($ear, pack_sockaddr_in($port, INADDR_LOOPBACK)) && listen($ear, 64)
  or die "no way to the proxy: $!\n";
my $child = fork();
die "no way to the proxy: $!\n" unless defined $child;
if ($child) { waitpid($child, 0); $? == 0 or die "no way to the proxy\n"; close $ear; exec { $program[0] } @program; die "$program[0]: $!\n" }
my $forwarder = fork();
POSIX::_exit(defined $forwarder ? 0 : 1) if !defined $forwarder || $forwarder;
open(STDIN, "<", "/dev/null"); open(STDOUT, ">", "/dev/null"); open(STDERR, ">", "/dev/null");
$SIG{PIPE} = "IGNORE";
my %ends;
sub end_of { my ($socket) = @_; $socket->blocking(0); { socket => $socket, out => "", heard => 1, spoken => 1 } }
sub drop { for my $end ($_[0], $_[0]{peer}) { delete $ends{fileno $end->{socket}}; close $end->{socket} } }
while (1) {
  my ($reading, $writing) = ("", "");
  vec($reading, fileno $ear, 1) = 1 if keys %ends < 128;
  while (my ($fd, $end) = each %ends) {
    vec($writing, $fd, 1) = 1 if length $end->{out};
    vec($reading, $fd, 1) = 1 if $end->{heard} && !length $end->{peer}{out};
  }
  next if select($reading, $writing, undef, undef) < 1;
  if (vec($reading, fileno $ear, 1) && accept(my $inside, $ear)) {
    my $outside;
    if (socket($outside, PF_UNIX, SOCK_STREAM, 0) && connect($outside, pack_sockaddr_un($path))) {
      my ($one, $other) = (end_of($inside), end_of($outside));
      ($one->{peer}, $other->{peer}) = ($other, $one);
      $ends{fileno $_->{socket}} = $_ for $one, $other;
    } else { close $inside }
  }
  for my $fd (keys %ends) {
    my $end = $ends{$fd} or next;
    if (vec($writing, $fd, 1)) {
      my $sent = syswrite($end->{socket}, $end->{out});
      if (defined $sent) { substr($end->{out}, 0, $sent) = "" }
      elsif (!$!{EAGAIN} && !$!{EINTR}) { drop($end); next }
    }
    if (vec($reading, $fd, 1)) {
      my $got = sysread($end->{socket}, $end->{peer}{out}, 65536);
      if (!defined $got) { if (!$!{EAGAIN} && !$!{EINTR}) { drop($end); next } }
      elsif ($got == 0) { $end->{heard} = 0 }
    }
    for my $each ($end, $end->{peer}) {
      if ($each->{spoken} && !$each->{peer}{heard} && !length $each->{out}) { shutdown($each->{socket}, 1); $each->{spoken} = 0 }
    }
    drop($end) if !$end->{spoken} && !$end->{peer}{spoken};
  }
}
`;

/** The program, preceded by what opens its way to the proxy's socket at `path`. */
export const behindForwarder = (
  argv: readonly [string, ...string[]],
  { perl, path }: { readonly perl: string; readonly path: string },
): readonly [string, ...string[]] => [
  perl,
  '-MIO::Handle',
  '-MErrno',
  '-e',
  script,
  String(port),
  path,
  ...argv,
];

/** Of the forwarder itself. */
export const forwarderProcesses = 1;
