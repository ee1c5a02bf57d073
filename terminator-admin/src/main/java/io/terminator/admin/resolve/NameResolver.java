package io.terminator.admin.resolve;

import io.netty.buffer.ByteBuf;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsErrorCauseException;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverTimeoutException;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.terminator.core.chain.SocketFailure;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A DNS client on its own thread; uses the system's hosts file and search domains. Any thread;
 * methods do not block.
 */
public final class NameResolver implements AutoCloseable {
  /** Behind the name of a response code, such as NXDomain(3). */
  private static final Pattern CODE_NUMBER = Pattern.compile("\\(\\d+\\)$");

  private final DnsConfig config;
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("dns", true), EpollIoHandler.newFactory());
  private final TimesToLive times = new TimesToLive();
  private final DnsNameResolver resolver;

  /** Queries in progress by name; used only by the resolver's thread. */
  private final Map<String, CompletableFuture<Answer>> underWay = new HashMap<>();

  /** All addresses of a name and how long they are valid. */
  public record Answer(List<InetAddress> addresses, Duration timeToLive) {}

  public NameResolver(DnsConfig config) {
    this.config = config;
    DnsNameResolverBuilder builder =
        new DnsNameResolverBuilder(group.next())
            .datagramChannelType(EpollDatagramChannel.class)
            // For truncated answers (RFC 7766, section 5).
            .socketChannelType(EpollSocketChannel.class)
            .queryTimeoutMillis(config.timeout().toMillis())
            .resolvedAddressTypes(ResolvedAddressTypes.IPV4_PREFERRED)
            .completeOncePreferredResolved(false)
            .resolveCache(times);
    if (!config.servers().isEmpty()) {
      builder.nameServerProvider(new SequentialDnsServerAddressStreamProvider(config.servers()));
    }
    resolver = builder.build();
  }

  /**
   * Completes exceptionally if DNS knows no address or does not answer. Concurrent queries for the
   * same name share one answer, so that none discards the time to live that another has just
   * learned.
   */
  public CompletableFuture<Answer> resolve(String host) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    group
        .next()
        .execute(
            () -> {
              String key = TimesToLive.key(host);
              CompletableFuture<Answer> shared = underWay.get(key);
              if (shared == null) {
                shared = new CompletableFuture<>();
                underWay.put(key, shared);
                ask(host, key, shared);
              }
              shared.whenComplete(
                  (told, failure) -> {
                    if (failure == null) {
                      answer.complete(told);
                    } else {
                      answer.completeExceptionally(failure);
                    }
                  });
            });
    return answer;
  }

  /** Why {@link #resolve} failed, in the terms of DNS. */
  public static String words(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof DnsErrorCauseException error) {
        String code = CODE_NUMBER.matcher(error.getCode().toString()).replaceFirst("");
        return "DNS answers " + code.toUpperCase(Locale.ROOT);
      }
      if (each instanceof DnsNameResolverTimeoutException) {
        return "no DNS server answered in time";
      }
    }
    return failure instanceof UnknownHostException
        ? "DNS knows no address"
        : SocketFailure.words(failure);
  }

  private void ask(String host, String key, CompletableFuture<Answer> answer) {
    times.forget(host);
    resolver
        .resolveAll(host)
        .addListener(
            done -> {
              underWay.remove(key);
              if (done.isSuccess()) {
                @SuppressWarnings("unchecked") // Guaranteed by resolveAll.
                List<InetAddress> found = (List<InetAddress>) done.getNow();
                answer.complete(new Answer(List.copyOf(found), times.of(host, config)));
              } else {
                answer.completeExceptionally(done.cause());
              }
            });
  }

  /** The TXT records of {@code name}, as the name server has them now; empty if there are none. */
  public CompletableFuture<List<String>> texts(String name) {
    CompletableFuture<List<String>> answer = new CompletableFuture<>();
    resolver
        .resolveAll(new DefaultDnsQuestion(name, DnsRecordType.TXT))
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                boolean isAbsent = done.cause() instanceof UnknownHostException;
                if (isAbsent) {
                  answer.complete(List.of());
                } else {
                  answer.completeExceptionally(done.cause());
                }
                return;
              }
              @SuppressWarnings("unchecked") // Guaranteed by resolveAll.
              List<DnsRecord> found = (List<DnsRecord>) done.getNow();
              List<String> texts = new ArrayList<>();
              for (DnsRecord record : found) {
                if (record instanceof DnsRawRecord raw && raw.type().equals(DnsRecordType.TXT)) {
                  texts.add(text(raw.content()));
                }
                ReferenceCountUtil.release(record);
              }
              answer.complete(List.copyOf(texts));
            });
    return answer;
  }

  /** RFC 1035 section 3.3.14: one or more character strings, each behind its length. */
  private static String text(ByteBuf content) {
    StringBuilder text = new StringBuilder();
    while (content.isReadable()) {
      int length = Math.min(content.readUnsignedByte(), content.readableBytes());
      text.append(content.readCharSequence(length, StandardCharsets.ISO_8859_1));
    }
    return text.toString();
  }

  /** Runs {@code task} after a delay, on the resolver's thread. */
  public Future<?> schedule(Runnable task, Duration in) {
    return group.schedule(task, in.toMillis(), TimeUnit.MILLISECONDS);
  }

  public DnsConfig config() {
    return config;
  }

  @Override
  public void close() {
    resolver.close();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
