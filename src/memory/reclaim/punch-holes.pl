# Gives parts of a file back to the file system; what is around them stays where it is.
# Argument: the file. Input: one "OFFSET LENGTH" a line, in bytes.
#
# Perl, because Node does not offer fallocate(2). perl-base is on every Debian machine.
use strict;
use warnings;

my ($SYS_fallocate, $KEEP_SIZE, $PUNCH_HOLE) = (285, 1, 2);
open(my $file, '+<', $ARGV[0]) or die "open: $!\n";
while (my $line = <STDIN>) {
  my ($offset, $length) = split ' ', $line;
  my $failed = syscall($SYS_fallocate, fileno($file), $KEEP_SIZE | $PUNCH_HOLE, $offset + 0, $length + 0);
  die "fallocate: $!\n" if $failed;
}
