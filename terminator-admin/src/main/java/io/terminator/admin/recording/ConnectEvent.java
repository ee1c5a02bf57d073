package io.terminator.admin.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.terminator.Connect")
@Label("Connect")
@Category("Terminator")
@Description("A connect to a server, with its handshake if the backend uses TLS")
@StackTrace(false)
final class ConnectEvent extends Event {
  @Label("Connection")
  String connection = "";

  @Label("Backend")
  String backend = "";

  @Label("Server")
  String server = "";

  @Label("Failure")
  String failure = "";

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;
}
