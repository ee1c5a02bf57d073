package io.terminator.admin.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("io.terminator.Overload")
@Label("Overload")
@Category("Terminator")
@Description("A worker became overloaded, or is no longer; or a connection was closed for it")
@StackTrace(false)
final class OverloadEvent extends Event {
  @Label("Connection")
  String connection = "";

  @Label("Worker")
  int worker;

  @Label("Begun")
  boolean begun;

  @Label("Why")
  String why = "";
}
