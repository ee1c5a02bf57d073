package io.terminator.core.http.field;

import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.Octets;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The fields that tell a backend who the client is and what it asked for: X-Forwarded-For, -Proto,
 * -Host and -Port, and Forwarded (RFC 7239). What a client sends that is not a trusted proxy is
 * always removed, with every other {@code X-Forwarded-} field and {@code X-Real-IP}: backends
 * believe them. Immutable, any worker.
 */
final class ForwardedFields {
  private static final FieldNames CLAIMS =
      FieldNames.beginningWith(List.of("x-forwarded-", "x-real-ip", "forwarded"));

  private static final byte[] FOR = ascii("X-Forwarded-For");
  private static final byte[] PROTO = ascii("X-Forwarded-Proto");
  private static final byte[] HOST = ascii("X-Forwarded-Host");
  private static final byte[] PORT = ascii("X-Forwarded-Port");
  private static final byte[] FORWARDED = ascii("Forwarded");
  private static final byte[] HTTP = ascii("http");
  private static final byte[] HTTPS = ascii("https");
  private static final byte[] COMMA = ascii(", ");
  private static final byte[] FOR_PARAMETER = ascii("for=");
  private static final byte[] UNKNOWN = ascii("unknown");
  private static final byte[] OPEN_IPV6 = ascii("\"[");
  private static final byte[] CLOSE_IPV6 = ascii("]\"");
  private static final byte[] HOST_PARAMETER = ascii(";host=");
  private static final byte[] PROTO_PARAMETER = ascii(";proto=");
  private static final byte[] QUOTE = ascii("\"");

  private final FieldConfig.Forwarded.Mode mode;
  private final boolean separate;
  private final boolean standard;

  ForwardedFields(FieldConfig.Forwarded config) {
    this.mode = config.mode();
    this.separate = config.style() != FieldConfig.Forwarded.Style.RFC7239;
    this.standard = config.style() != FieldConfig.Forwarded.Style.X_FORWARDED;
  }

  /** Removes what is not believed. */
  void strip(Head head, ClientFacts facts) {
    boolean keeps = facts.isTrusted() && mode != FieldConfig.Forwarded.Mode.SET;
    if (!keeps) {
      CLAIMS.removeFrom(head);
    }
  }

  void applyTo(Head head, ClientFacts facts) {
    strip(head, facts);
    if (mode == FieldConfig.Forwarded.Mode.OFF) {
      return;
    }
    if (separate) {
      addFor(head, facts);
      byte[] scheme = scheme(facts);
      addUnlessThere(head, FieldName.X_FORWARDED_PROTO, PROTO, scheme, 0, scheme.length);
      addUnlessThere(
          head,
          FieldName.X_FORWARDED_HOST,
          HOST,
          head.text(),
          head.authority().from(),
          head.authority().to());
      byte[] port = facts.destinationPort();
      addUnlessThere(head, FieldName.X_FORWARDED_PORT, PORT, port, 0, port.length);
    }
    if (standard) {
      addForwarded(head, facts);
    }
  }

  /** In one field with what a proxy sent before, since many backends read only the first. */
  private static void addFor(Head head, ClientFacts facts) {
    byte[] address = facts.value(FieldVariable.CLIENT_ADDRESS);
    if (address.length == 0) {
      return;
    }
    int from = CompiledField.begin(head, FOR);
    int valueFrom = head.textLength();
    takeOver(head, FieldName.X_FORWARDED_FOR);
    head.append(address, 0, address.length);
    CompiledField.end(head, from, FOR.length, valueFrom);
  }

  private static void addForwarded(Head head, ClientFacts facts) {
    int from = CompiledField.begin(head, FORWARDED);
    int valueFrom = head.textLength();
    takeOver(head, FieldName.FORWARDED);
    head.append(FOR_PARAMETER, 0, FOR_PARAMETER.length);
    byte[] address = facts.value(FieldVariable.CLIENT_ADDRESS);
    if (address.length == 0) {
      head.append(UNKNOWN, 0, UNKNOWN.length);
    } else if (isIpv6(address)) {
      head.append(OPEN_IPV6, 0, OPEN_IPV6.length);
      head.append(address, 0, address.length);
      head.append(CLOSE_IPV6, 0, CLOSE_IPV6.length);
    } else {
      head.append(address, 0, address.length);
    }
    addHost(head);
    head.append(PROTO_PARAMETER, 0, PROTO_PARAMETER.length);
    byte[] scheme = scheme(facts);
    head.append(scheme, 0, scheme.length);
    CompiledField.end(head, from, FORWARDED.length, valueFrom);
  }

  private static void addHost(Head head) {
    int from = head.authority().from();
    int to = head.authority().to();
    if (from == to) {
      return;
    }
    head.append(HOST_PARAMETER, 0, HOST_PARAMETER.length);
    // An authority has no character that would need an escape within the quotes.
    boolean quoted = false;
    for (int i = from; i < to; i++) {
      quoted |= !Octets.isToken(head.text()[i]);
    }
    if (quoted) {
      head.append(QUOTE, 0, QUOTE.length);
    }
    head.append(head.text(), from, to);
    if (quoted) {
      head.append(QUOTE, 0, QUOTE.length);
    }
  }

  /**
   * Moves the values of {@code name}, each followed by a comma, to the end of the text. A value
   * with an open quote is dropped: a reader would not see what follows it.
   */
  private static void takeOver(Head head, FieldName name) {
    for (int field = head.first(name); field >= 0; field = head.next(name, field - 1)) {
      if (head.valueFrom(field) < head.valueTo(field)
          && hasClosedQuotes(head.text(), head.valueFrom(field), head.valueTo(field))) {
        head.append(head.text(), head.valueFrom(field), head.valueTo(field));
        head.append(COMMA, 0, COMMA.length);
      }
      head.remove(field);
    }
  }

  private static boolean hasClosedQuotes(byte[] text, int from, int to) {
    boolean quoted = false;
    for (int i = from; i < to; i++) {
      if (text[i] == '"') {
        quoted = !quoted;
      } else if (quoted && text[i] == '\\') {
        i++;
      }
    }
    return !quoted;
  }

  private static void addUnlessThere(
      Head head, FieldName name, byte[] text, byte[] value, int from, int to) {
    if (from < to && !head.has(name)) {
      int start = CompiledField.begin(head, text);
      int valueFrom = head.append(value, from, to);
      CompiledField.end(head, start, text.length, valueFrom);
    }
  }

  private static boolean isIpv6(byte[] address) {
    for (byte b : address) {
      if (b == ':') {
        return true;
      }
    }
    return false;
  }

  private static byte[] scheme(ClientFacts facts) {
    return facts.isSecure() ? HTTPS : HTTP;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
