package io.terminator.admin.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.terminator.RelayStall")
@Label("Relay Stall")
@Category("Terminator")
@Description(
    "Bytes of one direction had to wait because the receiver, the memory or a rate limit did not admit them")
@StackTrace(false)
final class StallEvent extends Event {
  @Label("Connection")
  String connection = "";

  @Label("Direction")
  String direction = "";

  @Label("Reason")
  String reason = "";

  @Label("Bytes Moved Again")
  boolean ended;

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;
}
