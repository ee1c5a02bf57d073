package io.terminator.admin.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.terminator.Drain")
@Label("Drain")
@Category("Terminator")
@Description("The drain of the process began or ended; or a connection was closed by a drain")
@StackTrace(false)
final class DrainEvent extends Event {
  @Label("Connection")
  String connection = "";

  @Label("Step")
  String step = "";

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;
}
