package io.terminator.admin.api;

import static io.terminator.admin.http.ApiOperation.Access.READ;

import io.netty.util.NetUtil;
import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Contract;
import io.terminator.admin.http.ProblemDetails;
import io.terminator.tls.clienthello.ClientOffer;
import io.terminator.tls.clienthello.HelloNames;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /v1/explain}: what a client, described by a query, would be served, and why. */
final class ExplainRoutes {
  private static final Contract EXPLAIN =
      Contract.json("listeners")
          .query("sni", "string", "The SNI of the client; without it, the client sends none.")
          .query("alpn", "string", "The ALPN protocols of the client, separated by commas.")
          .query("source", "string", "The client's address. Default: 127.0.0.1.")
          .query(
              "destination",
              "string",
              "The address that the client connects to; without SNI it decides the certificate.")
          .query("versions", "string", "The TLS versions of the client. Default: 1.2,1.3.")
          .query(
              "groups", "string", "The key exchange groups of the client. Default: all known ones.")
          .query(
              "ciphers",
              "string",
              "The cipher suites of the client, as names or 0x1301. Default: all known ones.")
          .query(
              "signatures",
              "string",
              "The signature algorithms of the client, as names or 0x0403. Default: all known ones.")
          .query(
              "host", "string", "The host of a request, for listeners with http. Default: the SNI.")
          .query("path", "string", "The path of a request, with its query. Default: /.")
          .query("method", "string", "The method of a request. Default: GET.")
          .query("header", "string", "A header field of a request, as Name: value.");

  private final Appliance appliance;

  ExplainRoutes(Appliance appliance) {
    this.appliance = appliance;
  }

  void addTo(AdminRoutes routes) {
    routes.add(
        "GET",
        "/v1/explain",
        READ,
        "Explains which listener, route, certificate, policy and backend serve a"
            + " client, and why",
        EXPLAIN,
        this::explain);
  }

  private AdminResponse explain(AdminRequest request) {
    String source = request.queryValue("source");
    InetAddress address = address("source", source == null ? "127.0.0.1" : source);
    String destination = request.queryValue("destination");
    return AdminResponse.json(
        Map.of(
            "listeners",
            appliance.explain(
                offer(request).hello(),
                address,
                destination == null ? null : address("destination", destination),
                asked(request))));
  }

  private static AskedRequest asked(AdminRequest request) {
    String method = text(request, "method", "!", 32);
    String host = text(request, "host", "!", 255);
    String path = text(request, "path", "!", 8192);
    AskedRequest usual = AskedRequest.DEFAULT;
    String header = text(request, "header", " ", 8192);
    if (header != null && header.indexOf(':') < 1) {
      throw ProblemDetails.badRequest("query.header: expected a field as Name: value");
    }
    return new AskedRequest(
        method == null ? usual.method() : method, host, path == null ? usual.path() : path, header);
  }

  /** A parameter of printable ASCII characters from {@code first} on; null if it is not given. */
  private static @Nullable String text(
      AdminRequest request, String parameter, String first, int longest) {
    String text = request.queryValue(parameter);
    if (text == null || text.isEmpty()) {
      return null;
    }
    char least = first.charAt(0);
    if (text.length() > longest || text.chars().anyMatch(c -> c < least || c > '~')) {
      throw ProblemDetails.badRequest(
          "query."
              + parameter
              + ": expected up to "
              + longest
              + " printable ASCII characters, as a client would send them");
    }
    return text;
  }

  private static ClientOffer offer(AdminRequest request) {
    ClientOffer offer = ClientOffer.modern();
    String sni = request.queryValue("sni");
    if (sni != null && !sni.isEmpty()) {
      try {
        offer.serverName(sni);
      } catch (IllegalArgumentException unfit) {
        throw ProblemDetails.badRequest(
            "query.sni: \"" + sni + "\"; expected a host name: " + unfit.getMessage());
      }
    }
    String alpn = request.queryValue("alpn");
    if (alpn != null && !alpn.isEmpty()) {
      offer.alpn(Arrays.asList(alpn.split(",")));
    }
    int[] versions = numbers(request, "versions", HelloNames.Kind.VERSION, "1.2 or 1.3");
    int[] groups = numbers(request, "groups", HelloNames.Kind.GROUP, "X25519 or 0x001d");
    int[] ciphers =
        numbers(
            request, "ciphers", HelloNames.Kind.CIPHER, "ECDHE-RSA-AES128-GCM-SHA256 or 0xc02f");
    int[] signatures =
        numbers(request, "signatures", HelloNames.Kind.SIGNATURE, "RSA-PSS-SHA256 or 0x0804");
    if (versions != null) {
      offer.versions(versions);
    }
    if (groups != null) {
      offer.groups(groups);
    }
    if (ciphers != null) {
      offer.ciphers(ciphers);
    }
    if (signatures != null) {
      offer.signatures(signatures);
    }
    return offer;
  }

  private static int @Nullable [] numbers(
      AdminRequest request, String parameter, HelloNames.Kind kind, String example) {
    String list = request.queryValue(parameter);
    if (list == null) {
      return null;
    }
    try {
      return Arrays.stream(list.split(","))
          .map(String::strip)
          .filter(name -> !name.isEmpty())
          .mapToInt(kind::number)
          .toArray();
    } catch (IllegalArgumentException unknown) {
      throw ProblemDetails.badRequest(
          "query." + parameter + ": " + unknown.getMessage() + "; expected such as " + example);
    }
  }

  /** Accepts only an IP literal: an API call must not make the appliance query DNS. */
  private static InetAddress address(String parameter, String literal) {
    InetAddress address = NetUtil.createInetAddressFromIpAddressString(literal);
    if (address == null) {
      throw ProblemDetails.badRequest(
          "query." + parameter + ": \"" + literal + "\"; expected an IPv4 or IPv6 address");
    }
    return address;
  }
}
