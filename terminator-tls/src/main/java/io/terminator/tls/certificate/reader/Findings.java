package io.terminator.tls.certificate.reader;

import io.terminator.core.setting.Quantity;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Collects the problems of one credential, so that an operator sees all of them at once; of those
 * of one kind in one place, the first hundred and the number of the others.
 */
public final class Findings {
  /** A damaged file of 1 MiB can have 20,000 blocks that are not certificates. */
  private static final int MOST_OF_A_KIND = 100;

  private final Set<CredentialProblem> problems = new LinkedHashSet<>();

  /** How many were found, also of those beyond the first. */
  private final Map<Group, Integer> counts = new LinkedHashMap<>();

  private record Group(Kind kind, String place) {}

  public void add(Kind kind, String place, String text) {
    CredentialProblem problem = new CredentialProblem(kind, place, text);
    // Chain and key may be the same file, whose problems must be reported only once.
    if (problems.contains(problem)) {
      return;
    }
    Group group = new Group(kind, place);
    int count = counts.getOrDefault(group, 0) + 1;
    counts.put(group, count);
    if (count <= MOST_OF_A_KIND) {
      problems.add(problem);
    }
  }

  /** Adds those of {@code others} that are of a wanted kind. */
  void addAll(Findings others, Predicate<Kind> wanted) {
    for (CredentialProblem problem : others.problems) {
      if (wanted.test(problem.kind())) {
        add(problem.kind(), problem.place(), problem.text());
      }
    }
    others.counts.forEach(
        (group, count) -> {
          if (wanted.test(group.kind()) && count > MOST_OF_A_KIND) {
            counts.put(group, counts.getOrDefault(group, 0) + count - MOST_OF_A_KIND);
          }
        });
  }

  public boolean isRefused() {
    return problems.stream()
        .anyMatch(problem -> problem.severity() == CredentialProblem.Severity.REFUSED);
  }

  /** Whether clients reject the certificate for its content. */
  boolean isRefusedByClients() {
    return problems.stream().anyMatch(problem -> problem.kind().isRefusedByClients());
  }

  void dropExposureOfSample() {
    if (problems.stream().anyMatch(problem -> problem.kind() == Kind.SAMPLE_CERTIFICATE)) {
      dropExposure();
    }
  }

  /** Drops the warnings about file permissions, for files that contain no key. */
  void dropExposure() {
    problems.removeIf(problem -> problem.kind() == Kind.KEY_EXPOSED);
  }

  public List<CredentialProblem> problems() {
    List<CredentialProblem> all = new ArrayList<>(problems);
    counts.forEach(
        (group, count) -> {
          if (count > MOST_OF_A_KIND) {
            all.add(
                new CredentialProblem(
                    group.kind(),
                    group.place(),
                    Quantity.of(count - MOST_OF_A_KIND, "more problem")
                        + " of this kind. Correct the reported ones first"));
          }
        });
    return List.copyOf(all);
  }
}
