package io.terminator.admin.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.terminator.Request")
@Label("Request")
@Category("Terminator")
@Description("An HTTP request from its head to the end of its response")
@StackTrace(false)
final class RequestEvent extends Event {
  @Label("Connection")
  String connection = "";

  @Label("Method")
  String method = "";

  @Label("Status")
  int status;

  @Label("Reason")
  String reason = "";

  @Label("Route")
  String route = "";

  @Label("Backend")
  String backend = "";

  @Label("Server")
  String server = "";

  @Label("Connected After")
  @Timespan(Timespan.NANOSECONDS)
  long connect;

  @Label("Response After")
  @Timespan(Timespan.NANOSECONDS)
  long answer;

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;
}
