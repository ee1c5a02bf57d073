package io.terminator.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.Req;

/**
 * An OCSP responder over HTTP (GET and POST) for the leaves of one authority. Every leaf is good
 * unless the test sets another status. Any thread.
 */
public final class OcspResponder implements AutoCloseable {

  /** Its behaviour for every request. */
  public enum Mode {
    /** Answers with the status. */
    ANSWERING,
    /** Answers GET with the status, and POST with HTTP status 405 (RFC 5019, section 5). */
    GET_ONLY,
    /** Answers {@code tryLater}. */
    TRY_LATER,
    /** HTTP status 500. */
    FAILING,
    /** A body that is not an OCSP response. */
    TALKING_NONSENSE
  }

  private final TestCa ca;
  private final HttpServer server;
  private final ExecutorService executor = Executors.newCachedThreadPool(OcspResponder::daemon);
  private final Map<BigInteger, OcspStatus> statuses = new ConcurrentHashMap<>();
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Mode mode = Mode.ANSWERING;
  private volatile Validity validity = Validity.of(Duration.ofDays(7));

  private OcspResponder(TestCa ca, HttpServer server) {
    this.ca = ca;
    this.server = server;
  }

  public static OcspResponder start(TestCa ca) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      OcspResponder responder = new OcspResponder(ca, server);
      server.createContext("/", responder::handle);
      server.setExecutor(responder.executor);
      server.start();
      return responder;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen", e);
    }
  }

  /** The responder's URL for a certificate: {@code LeafRequest.ocspAt}. */
  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/ocsp";
  }

  /** Sets the status of {@code certificate}. */
  public void say(X509Certificate certificate, OcspStatus status) {
    statuses.put(certificate.getSerialNumber(), status);
  }

  public void mode(Mode chosen) {
    mode = chosen;
  }

  /** Sets the validity of responses. */
  public void validity(Validity chosen) {
    validity = chosen;
  }

  /** Requests so far. */
  public int requests() {
    return requests.get();
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    requests.incrementAndGet();
    try (exchange) {
      byte[] request =
          exchange.getRequestMethod().equals("POST")
              ? exchange.getRequestBody().readAllBytes()
              : inPath(exchange.getRequestURI().getRawPath());
      byte[] response = respond(request);
      exchange.getResponseHeaders().set("Content-Type", "application/ocsp-response");
      exchange.sendResponseHeaders(status(exchange.getRequestMethod()), response.length);
      exchange.getResponseBody().write(response);
    }
  }

  private int status(String method) {
    if (mode == Mode.GET_ONLY && !method.equals("GET")) {
      return 405;
    }
    return mode == Mode.FAILING ? 500 : 200;
  }

  private byte[] respond(byte[] request) throws IOException {
    return switch (mode) {
      case ANSWERING, GET_ONLY -> answer(request);
      case TRY_LATER -> RevocationMint.ocspFailure(OCSPRespBuilder.TRY_LATER);
      case FAILING, TALKING_NONSENSE -> "out of order".getBytes(StandardCharsets.UTF_8);
    };
  }

  private byte[] answer(byte[] bytes) throws IOException {
    OCSPReq request = new OCSPReq(bytes);
    Req[] questions = request.getRequestList();
    if (questions.length != 1) {
      return RevocationMint.ocspFailure(OCSPRespBuilder.MALFORMED_REQUEST);
    }
    CertificateID id = questions[0].getCertID();
    OcspStatus status =
        RevocationMint.isIssuedBy(id, ca.intermediate())
            ? statuses.getOrDefault(id.getSerialNumber(), OcspStatus.GOOD)
            : OcspStatus.UNKNOWN;
    Extension nonce = null;
    for (Object extension : request.getExtensionOIDs()) {
      Extension candidate = request.getExtension((ASN1ObjectIdentifier) extension);
      if (RevocationMint.isNonce(candidate)) {
        nonce = candidate;
      }
    }
    return RevocationMint.ocspResponse(ca.intermediate(), id, status, validity, nonce);
  }

  private static byte[] inPath(String path) {
    String encoded = path.substring(path.indexOf("/ocsp") + 5).replaceFirst("^/", "");
    return Base64.getDecoder().decode(URLDecoder.decode(encoded, StandardCharsets.UTF_8));
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "ocsp-responder");
    thread.setDaemon(true);
    return thread;
  }
}
