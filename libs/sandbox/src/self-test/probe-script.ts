/**
 * What a hostile program would try first, in Perl: Debian always has it, it starts in milliseconds, and it can make any system call. It
 * reads its orders from the standard input, a line each, and answers `name: held` or `name: BROKEN`, and for the things that
 * must work `name: works` or `name: FAILED`.
 */
export const probeScript = String.raw`
use Socket; use Fcntl;
sub say_ { my ($name, $is_broken) = @_; print "$name: ", ($is_broken ? "BROKEN" : "held"), "\n"; }
my %try = (
  read => sub { my $f; open($f, "<", $_[0]) && defined(scalar <$f>) },
  write => sub { my $f; open($f, ">>", $_[0]) && (print $f "x") && close($f) },
  list => sub { my $d; opendir($d, $_[0]) && scalar(grep { !/^\.+$/ } readdir $d) > 0 },
  signal => sub { kill(0, $_[0]) },
  tcp => sub { my $s; socket($s, PF_INET, SOCK_STREAM, 0) && connect($s, pack_sockaddr_in($_[0], inet_aton("127.0.0.1"))) },
  abstract => sub { my $s; socket($s, PF_UNIX, SOCK_STREAM, 0) && connect($s, pack("Sa*", AF_UNIX, "\0" . $_[0])) },
  syscall => sub {
    my ($number, @arguments) = map { 0 + $_ } split /,/, $_[0];
    my $answer = syscall($number, @arguments);
    if ($answer == 0 && $_[1] eq "forks") { require POSIX; POSIX::_exit(0) }
    $answer != -1;
  },
  environment => sub { my %known = map { $_ => 1 } split /,/, $_[0]; scalar grep { !$known{$_} } keys %ENV },
  descriptors => sub { scalar grep { my $f; open($f, "<&=", $_) } 3 .. 255 },
);
while (my $line = <STDIN>) {
  chomp $line;
  my ($name, $kind, @orders) = split /\t/, $line;
  if ($kind eq "must-write") {
    print "$name: ", ($try{write}->($orders[0]) && $try{read}->($orders[0]) ? "works" : "FAILED"), "\n";
    unlink $orders[0];
  } else { say_($name, $try{$kind}->(@orders)) }
}
`;
