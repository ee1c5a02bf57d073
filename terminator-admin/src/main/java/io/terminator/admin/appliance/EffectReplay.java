package io.terminator.admin.appliance;

import io.terminator.admin.api.Effect;
import io.terminator.admin.appliance.Answering.Answer;
import io.terminator.core.setting.AddressText;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.clienthello.Ja4;
import io.terminator.tls.replay.HelloMemory;
import io.terminator.tls.replay.HelloMemory.Hello;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Judges the remembered hellos by two sets of listeners and compares. Single use, one thread. */
final class EffectReplay implements HelloMemory.Reader {
  private static final String SAME = "same";
  private static final String REFUSED = "refused";
  private static final String SERVED = "served";
  private static final String OTHER_CERTIFICATE = "other_certificate";
  private static final String OTHER_POLICY = "other_policy";
  private static final String OTHER_BACKEND = "other_backend";
  private static final String OTHER_PROTOCOL = "other_protocol";

  private static final Answer NO_LISTENER =
      Answer.refused("no_listener", "the configuration does not have the listener");

  private static final int SHOWN = 100;

  /** A change that concerns more kinds of clients is understood from the first of them. */
  private static final int MOST_CLIENTS = 10_000;

  private final Map<String, Answering> now;
  private final Map<String, Answering> then;
  private final Instant time;
  private final Map<String, Listener> listeners = new TreeMap<>();
  private final Map<Effect.Client, long[]> clients = new HashMap<>();
  private long handshakes;
  private long changed;
  private long shared;

  private static final class Listener {
    private final Map<String, Long> would = new TreeMap<>();
    private final Map<String, Long> reasons = new TreeMap<>();
    private final Map<List<String>, Long> certificates = new HashMap<>();
    private final Map<List<String>, Long> policies = new HashMap<>();
    private final Map<List<String>, Long> backends = new HashMap<>();
    private long handshakes;
  }

  EffectReplay(Map<String, Answering> now, Map<String, Answering> then, Instant time) {
    this.now = now;
    this.then = then;
    this.time = time;
  }

  Effect of(HelloMemory memory) {
    HelloMemory.Kept kept = memory.read(this, time.toEpochMilli());
    List<Effect.Client> listed =
        clients.entrySet().stream()
            .sorted(
                Comparator.comparingLong(
                        (Map.Entry<Effect.Client, long[]> each) -> each.getValue()[0])
                    .reversed())
            .limit(SHOWN)
            .map(each -> counted(each.getKey(), each.getValue()[0]))
            .toList();
    return new Effect(
        kept.since().toString(),
        handshakes,
        changed,
        kept.hellos(),
        kept.unkept(),
        shared,
        listeners.entrySet().stream().map(each -> view(each.getKey(), each.getValue())).toList(),
        listed,
        changed - listed.stream().mapToLong(Effect.Client::handshakes).sum());
  }

  @Override
  public void read(Hello hello) {
    Answering present = now.get(hello.listener());
    if (present == null) {
      // Its listener is gone already.
      return;
    }
    Answering candidate = then.get(hello.listener());
    Answer before = present.answer(hello, time);
    Answer after = candidate == null ? NO_LISTENER : candidate.answer(hello, time);
    Listener listener = listeners.computeIfAbsent(hello.listener(), name -> new Listener());
    int count = hello.count();
    handshakes += count;
    shared += hello.isShared() ? count : 0;
    listener.handshakes += count;
    List<String> would = compare(before, after);
    would.forEach(each -> listener.would.merge(each, (long) count, Long::sum));
    if (would.get(0).equals(SAME)) {
      return;
    }
    changed += count;
    if (after.reason() != null) {
      listener.reasons.merge(after.reason(), (long) count, Long::sum);
    } else if (!before.isRefused()) {
      addMoves(listener, would, before, after, count);
    }
    add(hello, would, before, after);
  }

  private static List<String> compare(Answer before, Answer after) {
    if (after.isRefused()) {
      return List.of(before.isRefused() ? SAME : REFUSED);
    }
    if (before.isRefused()) {
      return List.of(SERVED);
    }
    List<String> would = new ArrayList<>();
    if (!isSame(before.certificate(), after.certificate())) {
      would.add(OTHER_CERTIFICATE);
    }
    if (!Objects.equals(before.policy(), after.policy())
        || !Objects.equals(before.terms(), after.terms())) {
      would.add(OTHER_POLICY);
    }
    if (!Objects.equals(before.backend(), after.backend())) {
      would.add(OTHER_BACKEND);
    }
    if (!Objects.equals(before.version(), after.version())
        || !Objects.equals(before.alpn(), after.alpn())) {
      would.add(OTHER_PROTOCOL);
    }
    return would.isEmpty() ? List.of(SAME) : List.copyOf(would);
  }

  private static boolean isSame(@Nullable Credential one, @Nullable Credential other) {
    return one == null || other == null
        ? one == other
        : one.name().equals(other.name()) && one.fingerprint().equals(other.fingerprint());
  }

  private static void addMoves(
      Listener listener, List<String> would, Answer before, Answer after, int count) {
    if (would.contains(OTHER_CERTIFICATE)) {
      add(listener.certificates, words(before.certificate()), words(after.certificate()), count);
    }
    if (would.contains(OTHER_POLICY)) {
      add(listener.policies, before.policy(), after.policy(), count);
    }
    if (would.contains(OTHER_BACKEND)) {
      add(listener.backends, before.backend(), after.backend(), count);
    }
  }

  private static void add(
      Map<List<String>, Long> moves, @Nullable String from, @Nullable String to, int count) {
    moves.merge(List.of(String.valueOf(from), String.valueOf(to)), (long) count, Long::sum);
  }

  /** A renewed certificate keeps its name. */
  private static @Nullable String words(@Nullable Credential certificate) {
    return certificate == null
        ? null
        : certificate.name() + " " + certificate.fingerprint().substring(0, 16);
  }

  private void add(Hello hello, List<String> would, Answer before, Answer after) {
    Effect.Client client =
        new Effect.Client(
            hello.listener(),
            hello.client() == null ? "unix" : AddressText.host(hello.client()),
            hello.hello().serverName(),
            Ja4.of(hello.hello()),
            0,
            would,
            view(before),
            view(after));
    long[] known = clients.get(client);
    if (known != null) {
      known[0] += hello.count();
    } else if (clients.size() < MOST_CLIENTS) {
      clients.put(client, new long[] {hello.count()});
    }
  }

  private static Effect.Answer view(Answer answer) {
    return new Effect.Answer(
        words(answer.certificate()),
        answer.policy(),
        answer.backend(),
        answer.version(),
        answer.alpn(),
        answer.reason(),
        answer.cause());
  }

  private static Effect.Client counted(Effect.Client client, long count) {
    return new Effect.Client(
        client.listener(),
        client.source(),
        client.sni(),
        client.ja4(),
        count,
        client.would(),
        client.now(),
        client.then());
  }

  private static Effect.Listener view(String name, Listener listener) {
    return new Effect.Listener(
        name,
        listener.handshakes,
        listener.would,
        listener.reasons,
        moves(listener.certificates),
        moves(listener.policies),
        moves(listener.backends));
  }

  private static List<Effect.Move> moves(Map<List<String>, Long> moves) {
    return moves.entrySet().stream()
        .sorted(Map.Entry.<List<String>, Long>comparingByValue().reversed())
        .limit(SHOWN)
        .map(each -> new Effect.Move(each.getKey().get(0), each.getKey().get(1), each.getValue()))
        .toList();
  }
}
