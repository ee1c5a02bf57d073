package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Files;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What workers share on the path of a connection is listed in {@code docs/architecture.md}: a
 * machine with more cores than a test machine pays for each entry. A class with a volatile or
 * atomic field, a concurrent collection, a lock or a synchronized method must be listed there
 * before it can be added.
 */
class SharedStateTest {
  private static final String[] PATH = {
    "io.terminator.core.accept",
    "io.terminator.core.chain",
    "io.terminator.core.close",
    "io.terminator.core.connect",
    "io.terminator.core.connection",
    "io.terminator.core.conversation",
    "io.terminator.core.flow",
    "io.terminator.core.frame",
    "io.terminator.core.handshake",
    "io.terminator.core.http",
    "io.terminator.core.logbuffer",
    "io.terminator.core.observe",
    "io.terminator.core.relay",
    "io.terminator.core.route",
    "io.terminator.core.throttle",
    "io.terminator.core.worker",
    "io.terminator.tls.clienthello",
    "io.terminator.tls.engine",
    "io.terminator.tls.layer",
    "io.terminator.tls.replay",
    "io.terminator.tls.report",
    "io.terminator.tls.signing",
    "io.terminator.tls.sni",
    "io.terminator.tls.ticket",
  };

  private static final Pattern ROW = Pattern.compile("^\\| `(\\w+)`(?:, `(\\w+)`)* \\|.*");
  private static final Pattern NAME = Pattern.compile("`(\\w+)`");

  @Test
  void everyClassThatThreadsShareIsListed() throws Exception {
    Set<String> shared =
        new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(PATH)
                .stream()
                .filter(SharedStateTest::isShared)
                .map(SharedStateTest::outermost)
                .collect(Collectors.toCollection(TreeSet::new));
    assertThat(listed()).isEqualTo(shared);
  }

  private static boolean isShared(JavaClass each) {
    return each.getFields().stream().anyMatch(SharedStateTest::isShared)
        || each.getMethods().stream()
            .anyMatch(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED))
        || each.getConstructorCallsFromSelf().stream()
            .anyMatch(call -> isConcurrent(call.getTargetOwner().getName()));
  }

  private static boolean isConcurrent(String type) {
    return type.startsWith("java.util.concurrent.Concurrent")
        || type.startsWith("java.util.concurrent.CopyOnWrite")
        || type.startsWith("java.util.concurrent.locks.")
        || type.startsWith("java.util.concurrent.atomic.");
  }

  private static boolean isShared(JavaField field) {
    String type = field.getRawType().getName();
    return field.getModifiers().contains(JavaModifier.VOLATILE)
        || type.equals("java.lang.invoke.VarHandle")
        || type.startsWith("java.util.concurrent.atomic.")
        || type.startsWith("java.util.concurrent.locks.");
  }

  private static String outermost(JavaClass each) {
    return each.getEnclosingClass().map(SharedStateTest::outermost).orElse(each.getSimpleName());
  }

  private static Set<String> listed() throws Exception {
    Set<String> names = new TreeSet<>();
    boolean here = false;
    for (String line : Files.readAllLines(SourceTree.root().resolve("docs/architecture.md"))) {
      here = line.startsWith("#") ? line.equals("### What workers share") : here;
      Matcher row = ROW.matcher(line);
      if (here && row.matches()) {
        Matcher name = NAME.matcher(line.substring(0, line.indexOf('|', 1)));
        while (name.find()) {
          names.add(name.group(1));
        }
      }
    }
    return names;
  }
}
