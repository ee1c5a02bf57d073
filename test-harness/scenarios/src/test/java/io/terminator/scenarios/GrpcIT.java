package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.terminator.testkit.Credential;
import io.terminator.testkit.CredentialFiles;
import io.terminator.testkit.TestCa;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of grpc-java call a server of grpc-java: all kinds of calls, and all ends of them. */
class GrpcIT {
  private static final int LARGE = 1 << 20;
  private static final int MANY = 2000;
  private static final Metadata.Key<String> NOTE =
      Metadata.Key.of("note", Metadata.ASCII_STRING_MARSHALLER);

  private static final MethodDescriptor<String, String> UNARY = method(MethodType.UNARY, "unary");
  private static final MethodDescriptor<String, String> COUNT =
      method(MethodType.SERVER_STREAMING, "count");
  private static final MethodDescriptor<String, String> JOIN =
      method(MethodType.CLIENT_STREAMING, "join");
  private static final MethodDescriptor<String, String> ECHO =
      method(MethodType.BIDI_STREAMING, "echo");
  private static final MethodDescriptor<String, String> FAIL = method(MethodType.UNARY, "fail");
  private static final MethodDescriptor<String, String> HANG = method(MethodType.UNARY, "hang");

  private final TestCa ca = TestCa.create();
  private final AtomicInteger transports = new AtomicInteger();
  private final AtomicReference<String> note = new AtomicReference<>("");
  private final CompletableFuture<Deadline> deadline = new CompletableFuture<>();
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private final List<AutoCloseable> open = new ArrayList<>();
  @TempDir Path directory;

  private static MethodDescriptor<String, String> method(MethodType type, String name) {
    return MethodDescriptor.<String, String>newBuilder()
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName("test.Calls", name))
        .setRequestMarshaller(new Text())
        .setResponseMarshaller(new Text())
        .build();
  }

  /** Messages are plain text, which needs no generated code. */
  private static final class Text implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  private ServerServiceDefinition calls() {
    return ServerServiceDefinition.builder("test.Calls")
        .addMethod(
            UNARY,
            ServerCalls.asyncUnaryCall(
                (asked, out) -> {
                  out.onNext(asked);
                  out.onCompleted();
                }))
        .addMethod(COUNT, ServerCalls.asyncServerStreamingCall(GrpcIT::count))
        .addMethod(JOIN, ServerCalls.asyncClientStreamingCall(Joining::new))
        .addMethod(ECHO, ServerCalls.asyncBidiStreamingCall(Echoing::new))
        .addMethod(
            FAIL,
            ServerCalls.asyncUnaryCall(
                (asked, out) -> {
                  Metadata trailers = new Metadata();
                  trailers.put(NOTE, "from the server");
                  out.onError(
                      Status.FAILED_PRECONDITION
                          .withDescription("no: " + asked)
                          .asRuntimeException(trailers));
                }))
        .addMethod(
            HANG,
            ServerCalls.asyncUnaryCall(
                (asked, out) -> {
                  deadline.complete(Context.current().getDeadline());
                  ((ServerCallStreamObserver<String>) out).setOnCancelHandler(cancelled::countDown);
                }))
        .build();
  }

  /** Sends as fast as the client reads. */
  private static void count(String upTo, StreamObserver<String> out) {
    ServerCallStreamObserver<String> call = (ServerCallStreamObserver<String>) out;
    int last = Integer.parseInt(upTo);
    AtomicInteger next = new AtomicInteger();
    call.setOnReadyHandler(
        () -> {
          while (call.isReady() && next.get() < last) {
            call.onNext(next.getAndIncrement() + " ".repeat(1000));
            if (next.get() == last) {
              call.onCompleted();
            }
          }
        });
  }

  /** Answers once, with all that came. */
  private static final class Joining implements StreamObserver<String> {
    private final StreamObserver<String> out;
    private final StringBuilder all = new StringBuilder();

    Joining(StreamObserver<String> out) {
      this.out = out;
    }

    @Override
    public void onNext(String value) {
      all.append(value);
    }

    @Override
    public void onError(Throwable failure) {
      // The client is gone.
    }

    @Override
    public void onCompleted() {
      out.onNext(all.toString());
      out.onCompleted();
    }
  }

  /** Answers each message at once. */
  private static final class Echoing implements StreamObserver<String> {
    private final StreamObserver<String> out;

    Echoing(StreamObserver<String> out) {
      this.out = out;
    }

    @Override
    public void onNext(String value) {
      out.onNext("echo " + value);
    }

    @Override
    public void onError(Throwable failure) {
      // The client is gone.
    }

    @Override
    public void onCompleted() {
      out.onCompleted();
    }
  }

  /** A server, Terminator in front of it, and a client; {@code protocol} is the backend's. */
  private ManagedChannel channel(String protocol) throws IOException {
    ServerCredentials credentials = InsecureServerCredentials.create();
    if (protocol.equals("h2")) {
      Credential own = ca.server("localhost");
      CredentialFiles files = own.writeTo(directory, "grpc");
      credentials = TlsServerCredentials.create(files.chain().toFile(), files.key().toFile());
    }
    Server server =
        Grpc.newServerBuilderForPort(0, credentials)
            .addService(calls())
            .intercept(
                new io.grpc.ServerInterceptor() {
                  @Override
                  public <Q, A> io.grpc.ServerCall.Listener<Q> interceptCall(
                      io.grpc.ServerCall<Q, A> call,
                      Metadata headers,
                      io.grpc.ServerCallHandler<Q, A> next) {
                    String sent = headers.get(NOTE);
                    note.set(sent == null ? "" : sent);
                    return next.startCall(call, headers);
                  }
                })
            .addTransportFilter(
                new ServerTransportFilter() {
                  @Override
                  public Attributes transportReady(Attributes attributes) {
                    transports.incrementAndGet();
                    return attributes;
                  }
                })
            .build()
            .start();
    open.add(() -> server.shutdownNow().awaitTermination(20, TimeUnit.SECONDS));
    Path authorities = Files.writeString(directory.resolve("ca.pem"), ca.rootPem());
    RunningTerminator terminator =
        RunningTerminator.http(
            ca,
            "localhost:" + server.getPort(),
            "    protocol: "
                + protocol
                + "\n"
                + (protocol.equals("h2") ? "    tls: { ca: \"" + authorities + "\" }\n" : ""));
    open.add(terminator);
    ManagedChannel channel =
        Grpc.newChannelBuilder(
                "localhost:" + terminator.address().getPort(),
                TlsChannelCredentials.newBuilder().trustManager(authorities.toFile()).build())
            .build();
    open.add(() -> channel.shutdownNow().awaitTermination(20, TimeUnit.SECONDS));
    return channel;
  }

  private static CallOptions within(int seconds) {
    return CallOptions.DEFAULT.withDeadlineAfter(seconds, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"h2c", "h2"})
  void aUnaryCallCarriesMetadataAndALargeMessage(String protocol) throws Exception {
    ManagedChannel channel = channel(protocol);
    Metadata sent = new Metadata();
    sent.put(NOTE, "from the client");
    String message = "m".repeat(LARGE);
    assertThat(
            ClientCalls.blockingUnaryCall(
                ClientInterceptors.intercept(
                    channel, MetadataUtils.newAttachHeadersInterceptor(sent)),
                UNARY,
                within(60),
                message))
        .isEqualTo(message);
    assertThat(note).hasValue("from the client");
    for (int i = 0; i < 100; i++) {
      assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, within(60), "call " + i))
          .isEqualTo("call " + i);
    }
    assertThat(transports).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"h2c", "h2"})
  void streamsKeepTheirOrder(String protocol) throws Exception {
    ManagedChannel channel = channel(protocol);
    Iterator<String> numbers =
        ClientCalls.blockingServerStreamingCall(
            channel, COUNT, within(120), Integer.toString(MANY));
    for (int i = 0; i < MANY; i++) {
      assertThat(numbers.next().strip()).isEqualTo(Integer.toString(i));
    }
    assertThat(numbers.hasNext()).isFalse();

    CompletableFuture<String> joined = new CompletableFuture<>();
    StreamObserver<String> parts =
        ClientCalls.asyncClientStreamingCall(channel.newCall(JOIN, within(60)), taking(joined));
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < MANY; i++) {
      parts.onNext(i + ",");
      expected.append(i).append(',');
    }
    parts.onCompleted();
    assertThat(joined.get(60, TimeUnit.SECONDS)).isEqualTo(expected.toString());
  }

  private static StreamObserver<String> taking(CompletableFuture<String> value) {
    return new StreamObserver<>() {
      @Override
      public void onNext(String one) {
        value.complete(one);
      }

      @Override
      public void onError(Throwable failure) {
        value.completeExceptionally(failure);
      }

      @Override
      public void onCompleted() {
        // The value came before.
      }
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"h2c", "h2"})
  void eachMessageOfAConversationIsAnsweredBeforeTheNext(String protocol) throws Exception {
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    StreamObserver<String> questions =
        ClientCalls.asyncBidiStreamingCall(
            channel(protocol).newCall(ECHO, within(60)),
            new StreamObserver<String>() {
              @Override
              public void onNext(String value) {
                answers.add(value);
              }

              @Override
              public void onError(Throwable failure) {
                answers.add(failure.toString());
              }

              @Override
              public void onCompleted() {
                answers.add("completed");
              }
            });
    for (int i = 0; i < 20; i++) {
      questions.onNext("question " + i);
      assertThat(answers.poll(60, TimeUnit.SECONDS)).isEqualTo("echo question " + i);
    }
    questions.onCompleted();
    assertThat(answers.poll(60, TimeUnit.SECONDS)).isEqualTo("completed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"h2c", "h2"})
  void anErrorComesWithItsDescriptionAndTrailers(String protocol) throws Exception {
    ManagedChannel channel = channel(protocol);
    StatusRuntimeException error =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> ClientCalls.blockingUnaryCall(channel, FAIL, within(60), "asked"));
    assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(error.getStatus().getDescription()).isEqualTo("no: asked");
    Metadata trailers = error.getTrailers();
    assertThat(trailers).isNotNull();
    assertThat(trailers == null ? "" : trailers.get(NOTE)).isEqualTo("from the server");
  }

  @ParameterizedTest
  @ValueSource(strings = {"h2c", "h2"})
  void aDeadlineReachesTheServerAndEndsTheCallThere(String protocol) throws Exception {
    ManagedChannel channel = channel(protocol);
    // The connections are open before the time begins to run.
    assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, within(60), "first"))
        .isEqualTo("first");
    StatusRuntimeException error =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> ClientCalls.blockingUnaryCall(channel, HANG, within(2), "asked"));
    // The server's time may end first: it resets the stream, which is a 502 for the client.
    assertThat(error.getStatus().getCode())
        .isIn(Status.Code.DEADLINE_EXCEEDED, Status.Code.UNAVAILABLE);
    assertThat(deadline.get(20, TimeUnit.SECONDS)).isNotNull();
    assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, within(60), "after"))
        .isEqualTo("after");
    assertThat(transports).as("the others of the connection did not notice").hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"h2c", "h2"})
  void aServerThatIsGoneIsUnavailable(String protocol) throws Exception {
    ManagedChannel channel = channel(protocol);
    assertThat(ClientCalls.blockingUnaryCall(channel, UNARY, within(60), "first"))
        .isEqualTo("first");
    open.get(0).close();
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () -> {
              StatusRuntimeException error =
                  catchThrowableOfType(
                      StatusRuntimeException.class,
                      () -> ClientCalls.blockingUnaryCall(channel, UNARY, within(60), "asked"));
              assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            });
  }
}
