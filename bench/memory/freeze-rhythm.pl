# Freezes the file system of FOLDER for FROZEN_MS and thaws it for FREE_MS, again and again: a disk that takes
# nothing for most of the time. Says "frozen" the first time. Ends, and thaws, when standard input does.
use strict;
use warnings;
use Fcntl;

my ($folder, $frozen_ms, $free_ms) = @ARGV;
my ($FIFREEZE, $FITHAW) = (0xC0045877, 0xC0045878);
$| = 1;
$SIG{$_} = 'IGNORE' for qw(INT TERM HUP);
sysopen(my $file_system, $folder, O_RDONLY | O_DIRECTORY) or die "$folder: $!\n";

sub has_ended {
  my ($wait_ms) = @_;
  vec(my $watched = '', fileno(STDIN), 1) = 1;
  return select($watched, undef, undef, $wait_ms / 1000) > 0;
}

my ($ends, $said) = (0, 0);
until ($ends) {
  ioctl($file_system, $FIFREEZE, 0) or die "freeze: $!\n";
  print "frozen\n" unless $said++;
  $ends = has_ended($frozen_ms);
  ioctl($file_system, $FITHAW, 0) or die "thaw: $!\n";
  $ends ||= has_ended($free_ms);
}
