# perl reap.pl PROGRAM ARG...: runs the program and takes in what it leaves behind. Processes that it
# started and let go (libvirt's QEMUs) become children of this one and are reaped when they end: where
# nobody else does that, libvirt waits a second for a process that is gone. A SIGTERM, or the end of
# standard input, is the end of the program and of all that is left.
use strict;
use warnings;
use constant { PR_SET_CHILD_SUBREAPER => 36, SYS_PRCTL => 157 };
use Errno qw(EINTR);

syscall(SYS_PRCTL, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 or die "prctl: $!";
my $child = fork() // die "fork: $!";
if ($child == 0) {
    open STDIN, '<', '/dev/null';
    exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!";
}
my $watcher = fork() // die "fork: $!";
if ($watcher == 0) {
    sysread STDIN, my $nothing, 1;
    kill 'TERM', getppid();
    exit 0;
}
$SIG{TERM} = sub { kill 'TERM', $child };
while (1) {
    my $ended = wait();
    next if $ended == -1 && $! == EINTR;
    last if $ended == -1 || $ended == $child;
}
# Whatever is a child of this process now was started by the program, or is the watcher.
for my $round (1 .. 200) {
    my @left = split ' ', do { local (@ARGV, $/) = "/proc/$$/task/$$/children"; <> // '' };
    last unless @left;
    kill 'KILL', @left;
    while (wait() != -1) { }
}
