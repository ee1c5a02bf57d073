package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.core.chain.ProxyProtocol;
import io.terminator.core.chain.ProxyTlvConfig;
import io.terminator.core.setting.DataSize;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Keys of a backend for the PROXY header that its servers receive. */
final class ProxyHeaderKeys {
  static final Key<ProxyProtocol> PROTOCOL =
      Key.optional(
          "proxy-protocol",
          Kinds.choice(ProxyProtocol.class),
          ProxyProtocol.OFF,
          "Sends a PROXY header with the client's address: v1 as text; v2 in binary with"
              + " TLS version, cipher, server name, ALPN and connection id as TLVs. The servers"
              + " must expect it.");

  private static final Key<List<ProxyTlvConfig.Own>> OWN =
      Key.optional(
          "proxy-tlvs",
          Kinds.list(Kinds.choice(ProxyTlvConfig.Own.class), 0),
          ProxyTlvConfig.DEFAULT.own(),
          "TLVs that Terminator writes into a PROXY v2 header, in order of importance. Requires proxy-protocol: v2."
              + " client-certificate, group (key exchange) and signature (scheme) are part of ssl. Some"
              + " receivers refuse long headers; docs/backends.md has the limit of each.");

  private static final Key<DataSize> LIMIT =
      Key.optional(
          "proxy-header-limit",
          Kinds.sizeOrZero("64B", "60KiB"),
          new DataSize(0),
          "The longest PROXY v2 header that the servers accept. TLVs that do not fit are omitted.");

  private static final Key<Boolean> PASS =
      Key.optional(
          "pass-proxy-tlvs",
          Kinds.flag(),
          false,
          "Forwards the TLVs of the PROXY v2 header that the client's side sent. TLVs"
              + " that Terminator writes itself take precedence. Requires proxy-protocol: v2.");

  private static final Key<Boolean> PREFER =
      Key.optional(
          "prefer-proxy-tlvs",
          Kinds.flag(),
          false,
          "Gives forwarded TLVs precedence: the servers receive the unique id, server name, ALPN,"
              + " TLS version and client certificate that the proxy in front of Terminator saw."
              + " Requires pass-proxy-tlvs: true.");

  private static final Set<ProxyTlvConfig.Own> PARTS_OF_SSL =
      EnumSet.of(
          ProxyTlvConfig.Own.CLIENT_CERTIFICATE,
          ProxyTlvConfig.Own.GROUP,
          ProxyTlvConfig.Own.SIGNATURE);

  static final List<Key<?>> KEYS = List.of(PROTOCOL, OWN, LIMIT, PASS, PREFER);

  private ProxyHeaderKeys() {}

  static ProxyTlvConfig read(Section section) {
    ProxyProtocol protocol = section.get(PROTOCOL);
    boolean pass = section.get(PASS);
    boolean prefer = section.get(PREFER);
    long limit = section.get(LIMIT).bytes();
    List<ProxyTlvConfig.Own> own = section.get(OWN);
    section.check(
        !pass || protocol == ProxyProtocol.V2,
        PASS,
        "false without proxy-protocol: v2",
        "only version 2 has TLVs",
        PROTOCOL);
    section.check(
        protocol == ProxyProtocol.V2 || own.equals(ProxyTlvConfig.DEFAULT.own()),
        OWN,
        "the default without proxy-protocol: v2",
        "add proxy-protocol: v2, or remove proxy-tlvs; only version 2 has TLVs",
        PROTOCOL);
    section.check(
        protocol != ProxyProtocol.V2
            || own.contains(ProxyTlvConfig.Own.SSL)
            || Collections.disjoint(own, PARTS_OF_SSL),
        OWN,
        "ssl in the list: client-certificate, group and signature are part of it",
        "add ssl, or remove its parts",
        PROTOCOL);
    section.check(
        protocol == ProxyProtocol.V2 || limit == 0,
        LIMIT,
        "0 without proxy-protocol: v2",
        "add proxy-protocol: v2, or remove proxy-header-limit; only version 2 has TLVs to omit",
        PROTOCOL);
    section.check(
        !prefer || pass,
        PREFER,
        "false without pass-proxy-tlvs: true",
        "add pass-proxy-tlvs: true",
        PASS);
    Reading reading = section.reading();
    if (reading != null
        && protocol == ProxyProtocol.V2
        && !section.has(OWN)
        && !section.has(LIMIT)
        && section.isSound(PROTOCOL, OWN, LIMIT)) {
      reading.warning(
          section.placeOf(PROTOCOL),
          "sends every TLV: nginx stream and mail before 1.23.2 refuse headers above 107 bytes, Apache"
              + " above 232, Varnish above about 400",
          "proxy-tlvs or proxy-header-limit, as the servers need it",
          "add proxy-header-limit: 107B for these, or 0 for HAProxy and others without such a limit");
    }
    return new ProxyTlvConfig(
        own, pass, prefer, limit == 0 ? ProxyTlvConfig.NO_LIMIT : (int) limit);
  }
}
