package io.terminator.admin.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.terminator.Reload")
@Label("Reload")
@Category("Terminator")
@Description("A reload of the configuration")
@StackTrace(false)
final class ReloadEvent extends Event {
  @Label("Initiator")
  String by = "";

  @Label("Result")
  String result = "";

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;
}
