package io.terminator.admin.recording;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.terminator.Handshake")
@Label("Handshake")
@Category("Terminator")
@Description("A handshake with a client that was completed or failed")
@StackTrace(false)
final class HandshakeEvent extends Event {
  @Label("Connection")
  String connection = "";

  @Label("Listener")
  String listener = "";

  @Label("Client Address")
  String client = "";

  @Label("Server Name")
  String sni = "";

  @Label("TLS Version")
  String version = "";

  @Label("Cipher Suite")
  String cipher = "";

  @Label("Key Exchange Group")
  String group = "";

  @Label("Resumed")
  boolean resumed;

  @Label("Certificate")
  String certificate = "";

  @Label("Failure")
  String failure = "";

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;
}
