package io.terminator.admin.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.terminator.Close")
@Label("Close")
@Category("Terminator")
@Description("The end of a connection")
@StackTrace(false)
final class CloseEvent extends Event {
  @Label("Connection")
  String connection = "";

  @Label("Listener")
  String listener = "";

  @Label("Phase")
  String phase = "";

  @Label("Reason")
  String reason = "";

  @Label("Backend")
  String backend = "";

  @Label("Server")
  String server = "";

  @Label("Bytes from the Client")
  long bytesIn;

  @Label("Bytes to the Client")
  long bytesOut;

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;
}
