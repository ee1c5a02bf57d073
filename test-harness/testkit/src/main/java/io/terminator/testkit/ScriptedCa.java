package io.terminator.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;

/**
 * An ACME authority whose every answer a test can replace: it believes every client, validates
 * nothing, and knows renewal information (RFC 9773) and profiles, which Debian's Pebble does not.
 * Over plain HTTP on the loopback interface. Any thread. Long because it is a whole authority,
 * whose answers refer to each other.
 */
public final class ScriptedCa implements AutoCloseable {

  /** What a client asks for. */
  public enum Step {
    DIRECTORY,
    NONCE,
    ACCOUNT,
    NEW_ORDER,
    ORDER,
    AUTHORIZATION,
    CHALLENGE,
    FINALIZE,
    CERTIFICATE,
    RENEWAL_INFO,
    REVOKE
  }

  /** How an order goes wrong without a wrong answer. */
  public enum Trick {
    NONE,
    /** The challenge becomes invalid. */
    INVALID_CHALLENGE,
    /** The order becomes invalid after it was finalised. */
    INVALID_ORDER,
    /** The order is processed without an end, and is to be looked at again in ten minutes. */
    ENDLESS_PROCESSING,
    /** The certificate is for another key. */
    OTHER_KEY,
    /** The chain is the leaf alone. */
    NO_INTERMEDIATE,
    /** The certificate begins tomorrow. */
    NOT_YET_VALID,
    /** The certificate is for another name. */
    OTHER_NAME,
    /** An authorization for a name that was not ordered. */
    FOREIGN_AUTHORIZATION
  }

  /** A replaced answer. {@code cut} bytes of the body are announced and not sent. */
  public record Answer(
      int status, String type, Map<String, String> headers, byte[] body, int cut, Duration delay) {

    /** A problem document of this type of RFC 8555. */
    public static Answer problem(int status, String type, String detail) {
      return new Answer(
          status,
          "application/problem+json",
          Map.of(),
          ("{\"type\":\"urn:ietf:params:acme:error:" + type + "\",\"detail\":\"" + detail + "\"}")
              .getBytes(StandardCharsets.UTF_8),
          0,
          Duration.ZERO);
    }

    /** A problem document with parts about identifiers (RFC 8555 section 6.7.1), as JSON. */
    public static Answer problem(int status, String type, String detail, String parts) {
      Answer plain = problem(status, type, detail);
      String body = new String(plain.body(), StandardCharsets.UTF_8);
      return text(
          status, plain.type(), body.replaceFirst("}$", ",\"subproblems\":[" + parts + "]}"));
    }

    public static Answer text(int status, String type, String body) {
      return new Answer(
          status, type, Map.of(), body.getBytes(StandardCharsets.UTF_8), 0, Duration.ZERO);
    }

    public Answer with(String header, String value) {
      Map<String, String> more = new ConcurrentHashMap<>(headers);
      more.put(header, value);
      return new Answer(status, type, more, body, cut, delay);
    }

    public Answer cutBy(int bytes) {
      return new Answer(status, type, headers, body, bytes, delay);
    }

    public Answer after(Duration pause) {
      return new Answer(status, type, headers, body, cut, pause);
    }
  }

  private static final Pattern IDENTIFIER =
      Pattern.compile(
          "\\{[^{}]*\"type\":\"(dns|ip)\"[^{}]*\"value\":\"([^\"]+)\"[^{}]*\\}"
              + "|\\{[^{}]*\"value\":\"([^\"]+)\"[^{}]*\"type\":\"(dns|ip)\"[^{}]*\\}");

  private final TestCa ca;
  private final HttpServer server;
  private final ExecutorService executor = Executors.newCachedThreadPool(ScriptedCa::daemon);
  private final Map<Step, Queue<Answer>> once = new ConcurrentHashMap<>();
  private final Map<Step, Answer> always = new ConcurrentHashMap<>();
  private final Map<Step, AtomicInteger> counts = new ConcurrentHashMap<>();
  private final Map<Integer, Order> orders = new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final List<String> payloads = new CopyOnWriteArrayList<>();
  private volatile Trick trick = Trick.NONE;
  private volatile Duration lifetime = Duration.ofDays(90);
  private volatile String challenges = "tls-alpn-01,http-01,dns-01";
  private volatile @Nullable String window;
  private volatile @Nullable PersistedValidation persisted;
  private volatile @Nullable String responder;
  private volatile int renewalInfoRetry = 60;
  private volatile BiFunction<Step, List<String>, @Nullable Answer> byNames = (step, names) -> null;

  private static final class Order {
    private final List<String> types = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private volatile boolean isValidated;
    private volatile boolean isRefused;
    private volatile @Nullable PublicKey key;
    private volatile String chain = "";
  }

  private ScriptedCa(TestCa ca, HttpServer server) {
    this.ca = ca;
    this.server = server;
  }

  public static ScriptedCa start() {
    return start(0);
  }

  /** As above, on a port that a client knows already. */
  public static ScriptedCa start(int port) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      ScriptedCa scripted = new ScriptedCa(TestCa.create(), server);
      server.createContext("/", scripted::handle);
      server.setExecutor(scripted.executor);
      server.start();
      return scripted;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen", e);
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "scripted-ca");
    thread.setDaemon(true);
    return thread;
  }

  public TestCa ca() {
    return ca;
  }

  public String directoryUrl() {
    return base() + "/dir";
  }

  private String base() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Replaces the next answer to {@code step}, after those that were given before. */
  public void once(Step step, Answer answer) {
    once.computeIfAbsent(step, key -> new ConcurrentLinkedQueue<>()).add(answer);
  }

  /** Replaces every answer to {@code step}; null ends that. */
  public void always(Step step, @Nullable Answer answer) {
    if (answer == null) {
      always.remove(step);
    } else {
      always.put(step, answer);
    }
  }

  /**
   * Replaces the answers to requests for new orders and about orders, according to the names that
   * are ordered; null keeps the usual one.
   */
  public void byNames(BiFunction<Step, List<String>, @Nullable Answer> chosen) {
    byNames = chosen;
  }

  public void trick(Trick chosen) {
    trick = chosen;
  }

  /** Of the certificates issued from now on; they begin an hour ago. */
  public void lifetime(Duration chosen) {
    lifetime = chosen;
  }

  /** The OCSP responder of the certificates issued from now on. */
  public void ocspAt(String url) {
    responder = url;
  }

  /** The types of challenge that it offers, separated by commas. */
  public void challenges(String offered) {
    challenges = offered;
  }

  /** Also offers dns-persist-01, the only challenge that it really validates. */
  public void persisted(PersistedValidation validation) {
    persisted = validation;
    challenges = "dns-persist-01";
  }

  /** The address of every account. */
  public String account() {
    return base() + "/account/1";
  }

  /** The renewal window that it proposes for every certificate, and the Retry-After in seconds. */
  public void window(@Nullable Instant start, @Nullable Instant end, int retryAfter) {
    renewalInfoRetry = retryAfter;
    window =
        start == null
            ? null
            : "{\"suggestedWindow\":{\"start\":\"" + start + "\",\"end\":\"" + end + "\"}}";
  }

  /** How often clients have asked for {@code step}. */
  public int count(Step step) {
    AtomicInteger count = counts.get(step);
    return count == null ? 0 : count.get();
  }

  /** What clients have sent in new orders, as JSON. */
  public List<String> newOrders() {
    return List.copyOf(payloads);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      byte[] request = exchange.getRequestBody().readAllBytes();
      Step step = step(path);
      counts.computeIfAbsent(step, key -> new AtomicInteger()).incrementAndGet();
      exchange.getResponseHeaders().set("Replay-Nonce", "nonce" + numbers.incrementAndGet());
      Queue<Answer> queue = once.get(step);
      Answer replaced = queue == null ? null : queue.poll();
      replaced = replaced == null ? always.get(step) : replaced;
      if (replaced != null) {
        send(exchange, replaced);
        return;
      }
      PersistedValidation validation = persisted;
      if (step == Step.ACCOUNT && validation != null) {
        validation.account(decoded(request, "protected"));
      }
      send(exchange, answer(step, path, decoded(request, "payload"), exchange));
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new IOException("the scripted authority has a fault", e);
    }
  }

  private static Step step(String path) {
    return switch (path.split("/")[1]) {
      case "dir" -> Step.DIRECTORY;
      case "nonce" -> Step.NONCE;
      case "account" -> Step.ACCOUNT;
      case "new-order" -> Step.NEW_ORDER;
      case "order" -> Step.ORDER;
      case "authz" -> Step.AUTHORIZATION;
      case "challenge" -> Step.CHALLENGE;
      case "finalize" -> Step.FINALIZE;
      case "certificate" -> Step.CERTIFICATE;
      case "renewal-info" -> Step.RENEWAL_INFO;
      case "revoke" -> Step.REVOKE;
      default -> throw new IllegalArgumentException(path);
    };
  }

  /** A part of a signed request, decoded; its signature is not checked. */
  private static String decoded(byte[] request, String part) {
    Matcher matcher =
        Pattern.compile("\"" + part + "\":\"([^\"]*)\"")
            .matcher(new String(request, StandardCharsets.UTF_8));
    return matcher.find()
        ? new String(Base64.getUrlDecoder().decode(matcher.group(1)), StandardCharsets.UTF_8)
        : "";
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    if (!answer.delay().isZero()) {
      try {
        Thread.sleep(answer.delay().toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    exchange.getResponseHeaders().set("Content-Type", answer.type());
    answer.headers().forEach(exchange.getResponseHeaders()::set);
    boolean isHead = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(
        answer.status(),
        isHead || answer.body().length == 0 ? -1 : answer.body().length + answer.cut());
    if (!isHead && answer.body().length > 0) {
      exchange.getResponseBody().write(answer.body());
    }
  }

  private Answer answer(Step step, String path, String payload, HttpExchange exchange)
      throws IOException, GeneralSecurityException {
    String[] parts = path.split("/");
    Order order =
        step.ordinal() >= Step.ORDER.ordinal() && step.ordinal() <= Step.CERTIFICATE.ordinal()
            ? known(Integer.parseInt(parts[2]))
            : step == Step.NEW_ORDER ? ordered(payload) : new Order();
    Answer replaced = byNames.apply(step, order.names);
    if (replaced != null) {
      return replaced;
    }
    switch (step) {
      case DIRECTORY -> {
        return json(
            200,
            """
            {"newNonce":"%1$s/nonce","newAccount":"%1$s/account","newOrder":"%1$s/new-order",
             "revokeCert":"%1$s/revoke","keyChange":"%1$s/account"%2$s,
             "meta":{"profiles":{"classic":"usual","shortlived":"six days"}%3$s}}
            """
                .formatted(
                    base(),
                    window == null ? "" : ",\"renewalInfo\":\"" + base() + "/renewal-info\"",
                    persisted == null ? "" : persisted.meta()));
      }
      case NONCE -> {
        return new Answer(200, "text/plain", Map.of(), new byte[0], 0, Duration.ZERO);
      }
      case ACCOUNT -> {
        return json(201, "{\"status\":\"valid\"}").with("Location", account());
      }
      case NEW_ORDER -> {
        payloads.add(payload);
        int number = numbers.incrementAndGet();
        orders.put(number, order);
        return json(201, order(number)).with("Location", base() + "/order/" + number);
      }
      case ORDER -> {
        Answer known = json(200, order(Integer.parseInt(parts[2])));
        return trick == Trick.ENDLESS_PROCESSING && order.key != null
            ? known.with("Retry-After", "600")
            : known;
      }
      case AUTHORIZATION -> {
        return json(200, authorization(parts[2], Integer.parseInt(parts[3]), order));
      }
      case CHALLENGE -> {
        if (payload.equals("{}")) {
          order.isRefused = isRefused(order);
          order.isValidated = true;
        }
        return json(200, challenge(parts[2], parts[3], parts[4], order))
            .with("Link", "<" + base() + "/authz/" + parts[2] + "/" + parts[3] + ">;rel=\"up\"");
      }
      case FINALIZE -> {
        Matcher csr = Pattern.compile("\"csr\":\"([^\"]+)\"").matcher(payload);
        if (!csr.find()) {
          return Answer.problem(400, "badCSR", "there is none");
        }
        order.key =
            new JcaPEMKeyConverter()
                .getPublicKey(
                    new PKCS10CertificationRequest(Base64.getUrlDecoder().decode(csr.group(1)))
                        .getSubjectPublicKeyInfo());
        order.chain = issue(order);
        return json(200, order(Integer.parseInt(parts[2])))
            .with("Location", base() + "/order/" + parts[2]);
      }
      case CERTIFICATE -> {
        return Answer.text(200, "application/pem-certificate-chain", order.chain);
      }
      case RENEWAL_INFO -> {
        String proposed = window;
        return proposed == null
            ? Answer.problem(404, "malformed", "no renewal information")
            : json(200, proposed).with("Retry-After", Integer.toString(renewalInfoRetry));
      }
      case REVOKE -> {
        return json(200, "{}");
      }
    }
    throw new IllegalStateException(exchange.toString());
  }

  private boolean isRefused(Order order) {
    PersistedValidation validation = persisted;
    return validation != null
        && !order.names.stream()
            .allMatch(
                name ->
                    validation.accepts(
                        account(), name.replaceFirst("^\\*\\.", ""), name.startsWith("*.")));
  }

  private static Answer json(int status, String body) {
    return Answer.text(status, "application/json", body);
  }

  private static Order ordered(String payload) {
    Order order = new Order();
    Matcher matcher = IDENTIFIER.matcher(payload);
    while (matcher.find()) {
      order.types.add(matcher.group(1) == null ? matcher.group(4) : matcher.group(1));
      order.names.add(matcher.group(2) == null ? matcher.group(3) : matcher.group(2));
    }
    return order;
  }

  private Order known(int number) {
    return Objects.requireNonNull(orders.get(number), "an order that this authority has");
  }

  private String order(int number) {
    Order order = known(number);
    boolean isFinalized = order.key != null;
    String status =
        isFinalized
            ? switch (trick) {
              case INVALID_ORDER -> "invalid";
              case ENDLESS_PROCESSING -> "processing";
              default -> "valid";
            }
            : order.isValidated ? "ready" : "pending";
    StringBuilder identifiers = new StringBuilder();
    StringBuilder authorizations = new StringBuilder();
    for (int i = 0; i < order.names.size(); i++) {
      String comma = i == 0 ? "" : ",";
      identifiers
          .append(comma)
          .append(
              "{\"type\":\"%s\",\"value\":\"%s\"}"
                  .formatted(order.types.get(i), order.names.get(i)));
      authorizations.append(comma).append("\"%s/authz/%d/%d\"".formatted(base(), number, i));
    }
    return """
        {"status":"%s","identifiers":[%s],"authorizations":[%s],"finalize":"%s/finalize/%d"%s%s}
        """
        .formatted(
            status,
            identifiers,
            authorizations,
            base(),
            number,
            status.equals("valid")
                ? ",\"certificate\":\"" + base() + "/certificate/" + number + "\""
                : "",
            status.equals("invalid")
                ? ",\"error\":{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"CAA forbids\"}"
                : "");
  }

  private String authorization(String number, int index, Order order) {
    String name = trick == Trick.FOREIGN_AUTHORIZATION ? "foreign.example" : order.names.get(index);
    boolean isWildcard = name.startsWith("*.");
    StringBuilder all = new StringBuilder();
    for (String type : challenges.split(",")) {
      all.append(all.isEmpty() ? "" : ",")
          .append(challenge(number, Integer.toString(index), type, order));
    }
    return """
        {"status":"%s","identifier":{"type":"%s","value":"%s"},"wildcard":%b,"challenges":[%s]}
        """
        .formatted(
            standing(order),
            order.types.get(index),
            isWildcard ? name.substring(2) : name,
            isWildcard,
            all);
  }

  private String standing(Order order) {
    return !order.isValidated
        ? "pending"
        : order.isRefused || trick == Trick.INVALID_CHALLENGE ? "invalid" : "valid";
  }

  private String challenge(String number, String index, String type, Order order) {
    return """
        {"type":"%s","url":"%s/challenge/%s/%s/%s"%s,"status":"%s"%s}
        """
        .formatted(
            type,
            base(),
            number,
            index,
            type,
            persisted != null && type.equals("dns-persist-01")
                ? persisted.challenge(account())
                : ",\"token\":\"token-%s-%s-of-this-order\"".formatted(number, index),
            standing(order),
            standing(order).equals("invalid")
                ? ",\"error\":{\"type\":\"urn:ietf:params:acme:error:connection\","
                    + "\"detail\":\"connection refused\"}"
                : "");
  }

  private String issue(Order order) {
    Instant now = Instant.now();
    Instant begin =
        trick == Trick.NOT_YET_VALID ? now.plus(Duration.ofDays(1)) : now.minusSeconds(1);
    PublicKey key =
        trick == Trick.OTHER_KEY ? KeyAlgorithm.ECDSA_P256.generate().getPublic() : order.key;
    LeafRequest request =
        ca.leaf(
                trick == Trick.OTHER_NAME
                    ? new String[] {"other.example"}
                    : order.names.toArray(new String[0]))
            .keyPair(new KeyPair(key, null))
            .validity(new Validity(begin, begin.plus(lifetime)));
    String url = responder;
    Credential issued = (url == null ? request : request.ocspAt(url)).issue();
    return trick == Trick.NO_INTERMEDIATE ? issued.leafPem() : issued.chainPem();
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
