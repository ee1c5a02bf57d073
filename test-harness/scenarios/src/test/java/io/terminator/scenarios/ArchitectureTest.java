package io.terminator.scenarios;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Leg;
import io.terminator.core.frame.Scratch;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.core.throttle.ReadGate;
import io.terminator.core.worker.Worker;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * The structure of the code as rules that fail the build; each states its reason. Over 500 lines
 * because it is a list of rules.
 */
class ArchitectureTest {
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.terminator.core", "io.terminator.tls", "io.terminator.admin");

  /**
   * The phases in the order in which a connection passes through them; a package may use only
   * earlier ones.
   */
  private static final List<String> PHASES =
      List.of(
          "accept",
          "handshake",
          "route",
          "connect",
          "relay",
          "conversation",
          "http",
          "close",
          "connection");

  private static final List<String> SUPPORT =
      List.of(
          "phase",
          "setting",
          "frame",
          "observe",
          "worker",
          "throttle",
          "chain",
          "flow",
          "file",
          "logbuffer",
          "trace");

  private static final Set<String> UNBOUNDED_READS =
      Set.of(
          "readAllBytes",
          "readString",
          "readAllLines",
          "lines",
          "newInputStream",
          "newBufferedReader",
          "newByteChannel",
          "copy");

  @Test
  void phasesOnlyLookBack() {
    for (int i = 0; i < PHASES.size(); i++) {
      for (String later : PHASES.subList(i + 1, PHASES.size())) {
        noClasses()
            .that()
            .resideInAPackage("io.terminator.core." + PHASES.get(i) + "..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.terminator.core." + later + "..")
            .because(
                "a phase hands a value on and never calls the next: imports point to where the connection comes from")
            .check(PRODUCT);
      }
    }
  }

  @Test
  void onlyTheFlowEndsAConnection() {
    for (String phase :
        List.of(
            "accept", "handshake", "route", "connect", "relay", "conversation", "http", "health")) {
      noClasses()
          .that()
          .resideInAPackage("io.terminator.core." + phase + "..")
          .should()
          .callMethod(Connection.class, "end", CloseReason.class, String.class)
          .orShould()
          .callMethod(Leg.class, "sever", CloseReason.class, String.class)
          .orShould()
          .callMethod(Connection.class, "toClosed", boolean.class, Runnable.class)
          .because("a phase reports why it failed; only the flow ends the connection for it")
          .check(PRODUCT);
    }
  }

  @Test
  void theConnectorLeavesTheClientAlone() {
    noClasses()
        .that()
        .resideInAnyPackage("io.terminator.core.connect", "io.terminator.core.route")
        .should()
        .callMethod(Connection.class, "client")
        .orShould()
        .callMethod(Connection.class, "enter", Phase.class)
        .orShould()
        .callMethod(Connection.class, "arm", Duration.class, Connection.Alarm.class)
        .orShould()
        .callMethod(Connection.class, "armTicks", long.class, Connection.Alarm.class)
        .because("a connection may have several legs under way, and one client side and deadline")
        .check(PRODUCT);
  }

  @Test
  void supportKnowsNoPhase() {
    String[] phases =
        PHASES.stream().map(name -> "io.terminator.core." + name + "..").toArray(String[]::new);
    for (String support : SUPPORT) {
      noClasses()
          .that()
          .resideInAPackage("io.terminator.core." + support)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(phases)
          .because("what every phase stands on can't lean on one of them")
          .check(PRODUCT);
    }
  }

  @Test
  void noPackagesInACircle() {
    for (String module : List.of("core", "tls", "admin")) {
      slices()
          .matching("io.terminator." + module + ".(*)..")
          .should()
          .beFreeOfCycles()
          .because("packages in a circle can only be read, tested and changed together")
          .check(PRODUCT);
    }
  }

  @Test
  void noPackagesWithinCertificateInACircle() {
    slices()
        .matching("io.terminator.tls.(**)")
        .should()
        .beFreeOfCycles()
        .because(
            "a store that knows its files, or files that know the store, can't have another source")
        .check(PRODUCT);
  }

  @Test
  void modulesPointLeft() {
    noClasses()
        .that()
        .resideInAPackage("io.terminator.core..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.terminator.tls..",
            "io.terminator.admin..",
            "io.netty.handler.ssl..",
            "io.netty.internal.tcnative..",
            "org.bouncycastle..",
            "io.micrometer..",
            "io.prometheus..",
            "org.yaml..",
            "com.fasterxml..")
        .because("core moves bytes: it knows neither TLS nor metrics nor files")
        .check(PRODUCT);
    noClasses()
        .that()
        .resideInAPackage("io.terminator.core..")
        .and()
        .resideOutsideOfPackage("io.terminator.core.http.h2..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty.handler..")
        .because(
            "HPACK and frames of HTTP/2 come from Netty, and nothing else is needed from its codecs")
        .check(PRODUCT);
    noClasses()
        .that()
        .resideInAPackage("io.terminator.tls..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.terminator.admin..", "io.micrometer..", "io.prometheus..", "org.yaml..")
        .because("trust is decided without the control plane")
        .check(PRODUCT);
  }

  @Test
  void httpIsLayered() {
    List<String> layers = List.of("message", "exchange", "h1");
    for (int i = 0; i < layers.size(); i++) {
      for (String later : layers.subList(i + 1, layers.size())) {
        noClasses()
            .that()
            .resideInAPackage("io.terminator.core.http." + layers.get(i))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.terminator.core.http." + later)
            .because("an exchange does not know which version of HTTP either side speaks")
            .allowEmptyShould(true)
            .check(PRODUCT);
      }
    }
  }

  @Test
  void theVersionsOfHttpDoNotKnowEachOther() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.terminator.core.http.message",
            "io.terminator.core.http.exchange",
            "io.terminator.core.http.h1")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.terminator.core.http.h2")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("io.netty.handler.codec.http2")
        .because("an exchange does not know which version of HTTP either side speaks")
        .check(PRODUCT);
    noClasses()
        .that()
        .resideInAPackage("io.terminator.core.http.h2")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.terminator.core.http.h1")
        .because("an exchange does not know which version of HTTP either side speaks")
        .check(PRODUCT);
  }

  @Test
  void nativeTlsStaysInOnePackage() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.terminator.tls.engine..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty.internal.tcnative..")
        .because("a wrong native address ends the process: one small package is watched for that")
        .check(PRODUCT);
  }

  @Test
  void aJudgementHoldsNothingNative() {
    noClasses()
        .that()
        .resideInAnyPackage("io.terminator.tls.judgement..", "io.terminator.tls.failure..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.terminator.tls.engine..", "io.terminator.tls.layer..", "org.slf4j..")
        .because("explain and later policies ask what would happen, without an effect (ADR 0020)")
        .check(PRODUCT);
  }

  @Test
  void onlyMetricsKnowsMicrometer() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.terminator.admin.metrics..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.micrometer..", "io.prometheus..")
        .because("the simpleclient registry will be replaced one day, in one package")
        .check(PRODUCT);
  }

  @Test
  void noPipelineOnTheDataPath() {
    noClasses()
        .that()
        .resideInAnyPackage("io.terminator.core..", "io.terminator.tls..")
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "io\\.netty\\.(channel\\.(Channel|ChannelPipeline|ChannelHandler.*)|handler\\.ssl\\..*)")
        .because(
            "channels with SslHandler cost 0.9 to 1.9 times the best C peer, the socket and BoringSSL driven directly 0.6 to 0.9")
        .check(PRODUCT);
  }

  @Test
  void onlyTheGateDecidesWhatIsRead() {
    for (String method : List.of("pauseReading", "resumeReading")) {
      noClasses()
          .that()
          .doNotBelongToAnyOf(ReadGate.class)
          .should()
          .callMethodWhere(
              target(owner(assignableTo(ReadGate.Tap.class))).and(target(name(method))))
          .because("a pause that has no reason is neither counted nor sure to be resumed")
          .check(PRODUCT);
    }
  }

  @Test
  void nothingReachesAroundALayerToTheSocket() {
    noClasses()
        .that(
            DescribedPredicate.not(
                named("io.terminator.core.chain.StreamLayer")
                    .or(named("io.terminator.tls.layer.TlsSession"))
                    .or(named("io.terminator.tls.engine.TlsContext"))))
        .should()
        .callMethodWhere(target(owner(assignableTo(ByteStream.class))).and(target(name("tcp"))))
        .because(
            "a layer that events, interest or the end jump over can't be one of several streams of a connection; the"
                + " named ask for the client's address")
        .check(PRODUCT);
  }

  @Test
  void scratchMemoryIsOnlyLeased() {
    fields()
        .that()
        .haveRawType(Scratch.class)
        .should()
        .beDeclaredInClassesThat(named(Worker.class.getName()))
        .because("what is kept beyond its lease is the next connection's bytes")
        .check(PRODUCT);
    noClasses()
        .that()
        .doNotBelongToAnyOf(Worker.class, Scratch.class)
        .should()
        .callMethod(Scratch.class, "lease")
        .orShould()
        .callConstructor(Scratch.class, int.class)
        .because(
            "Error Prone sees that what the worker leases is closed by the block that leased it")
        .check(PRODUCT);
  }

  @Test
  void workersLeaveWritingToTheDiagnostics() {
    DescribedPredicate<JavaClass> mayWrite =
        named("io.terminator.core.observe.Diagnostics")
            .or(named("io.terminator.core.connection.WorkerGroup"))
            .or(named("io.terminator.core.worker.StallWatch"))
            .or(named("io.terminator.core.logbuffer.LogFlusher"))
            .as("the diagnostics' own thread and the control plane");
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.terminator.core..",
            "io.terminator.tls.engine..",
            "io.terminator.tls.sni..",
            "io.terminator.tls.layer..",
            "io.terminator.tls.judgement..",
            "io.terminator.tls.clienthello..",
            "io.terminator.tls.report..",
            "io.terminator.tls.backend..")
        .and(DescribedPredicate.not(mayWrite))
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("org.slf4j.Logger")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .accessField(System.class, "out")
        .because("a standard error that nobody reads would stall every connection of the worker")
        .check(PRODUCT);
  }

  @Test
  void noWorkerWaits() {
    DescribedPredicate<JavaClass> mayWait =
        resideInAnyPackage("io.terminator.tls.certificate..")
            .or(named("io.terminator.core.connection.WorkerGroup"))
            .or(named("io.terminator.core.logbuffer.LogFlusher"))
            .or(resideInAPackage("io.terminator.core.file"))
            .as("the control plane, the flusher and the reader of files");
    ArchRule rule =
        noClasses()
            .that()
            .resideInAnyPackage("io.terminator.core..", "io.terminator.tls..")
            .and(DescribedPredicate.not(mayWait))
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .callMethod(Future.class, "get")
            .orShould()
            .callMethod(Future.class, "get", long.class, TimeUnit.class)
            .orShould()
            .callMethod(CountDownLatch.class, "await")
            .orShould()
            .callMethod(CountDownLatch.class, "await", long.class, TimeUnit.class)
            .orShould()
            .callMethod(CompletableFuture.class, "join")
            .orShould()
            .callMethod(Thread.class, "join")
            .because("a worker that waits makes every connection on it wait");
    rule.check(PRODUCT);
  }

  @Test
  void filesAreReadWithinBounds() {
    DescribedPredicate<JavaClass> mayRead =
        resideInAPackage("io.terminator.core.file")
            .or(named("io.terminator.core.accept.Binding"))
            .or(named("io.terminator.admin.metrics.ProcessMetrics"))
            .as("the one reader, and two that read what the kernel makes in /proc");
    DescribedPredicate<JavaMethodCall> reads =
        DescribedPredicate.describe(
            "reads a file without a bound",
            call ->
                call.getTargetOwner().isEquivalentTo(Files.class)
                    && UNBOUNDED_READS.contains(call.getName()));
    noClasses()
        .that(DescribedPredicate.not(mayRead))
        .should()
        .callMethodWhere(reads)
        .orShould()
        .dependOnClassesThat()
        .haveNameMatching("java\\.io\\.(FileInputStream|FileReader|RandomAccessFile)")
        .because(
            "a FIFO hangs its reader and a device without end ends the process: BoundedFile reads regular files, so large and so long")
        .check(PRODUCT);
    noClasses()
        .that(
            DescribedPredicate.not(
                named("io.terminator.core.file.AppendFile")
                    .or(named("io.terminator.tls.certificate.upload.StateFiles"))
                    .or(named("io.terminator.admin.acme.LeaderLease"))
                    .as("those that write")))
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "opens a file channel",
                call ->
                    call.getTargetOwner().isEquivalentTo(FileChannel.class)
                        && call.getName().equals("open")))
        .because("what reads by a channel has no bound")
        .check(PRODUCT);
  }

  @Test
  void namesSayWhatAThingIsFor() {
    classes()
        .that()
        .resideInAPackage("io.terminator..")
        .should()
        .haveSimpleNameNotEndingWith("Util")
        .andShould()
        .haveSimpleNameNotEndingWith("Utils")
        .andShould()
        .haveSimpleNameNotEndingWith("Helper")
        .andShould()
        .haveSimpleNameNotEndingWith("Manager")
        .andShould()
        .haveSimpleNameNotEndingWith("Impl")
        .andShould()
        .haveSimpleNameNotEndingWith("Base")
        .andShould()
        .haveSimpleNameNotEndingWith("Data")
        .andShould()
        .haveSimpleNameNotEndingWith("Info")
        .andShould()
        .haveSimpleNameNotEndingWith("Wrapper")
        .andShould()
        .haveSimpleNameNotEndingWith("Holder")
        .because("where nothing else fits, the responsibility is not understood yet")
        .check(PRODUCT);
  }

  @Test
  void aSimpleNameIsOneType() {
    Map<String, List<String>> byName = new TreeMap<>();
    for (JavaClass type : PRODUCT) {
      if (type.isTopLevelClass() && !type.getSimpleName().equals("package-info")) {
        byName.computeIfAbsent(type.getSimpleName(), name -> new ArrayList<>()).add(type.getName());
      }
    }
    byName.values().removeIf(types -> types.size() == 1);
    assertThat(byName).as("a name that means two things has to be explained each time").isEmpty();
  }

  @Test
  void handOffsAreValues() {
    for (String name :
        List.of(
            "accept.Accepted",
            "handshake.Secured",
            "route.Routed",
            "connect.Connected",
            "relay.Relayed",
            "conversation.Finished")) {
      assertThat(PRODUCT.get("io.terminator.core." + name).isRecord()).as(name).isTrue();
    }
    classes()
        .that()
        .haveSimpleNameEndingWith("Config")
        .and()
        .doNotHaveSimpleName("ConfigFile")
        .should()
        .beRecords()
        .orShould()
        .beInterfaces()
        .because("a setting does not change once it was read")
        .check(PRODUCT);
  }

  @Test
  void nothingIsGlobalAndChanging() {
    fields()
        .that()
        .areStatic()
        .and()
        .areDeclaredInClassesThat(resideInAPackage("io.terminator.."))
        .should()
        .beFinal()
        .because("state has an owner, which two appliances in one process do not share")
        .check(PRODUCT);
    fields()
        .that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat(resideInAPackage("io.terminator.."))
        .should()
        .beStatic()
        .because("a field that others write can't keep a promise")
        .check(PRODUCT);
  }

  @Test
  void everyPackageSaysItsJobAndMarksItsNulls() {
    PRODUCT.stream()
        .filter(type -> !type.getModifiers().contains(JavaModifier.SYNTHETIC))
        .map(JavaClass::getPackage)
        .distinct()
        .forEach(
            each ->
                assertThat(each.isAnnotatedWith(NullMarked.class))
                    .as(each.getName() + " has a package-info with @NullMarked")
                    .isTrue());
  }

  private static DescribedPredicate<JavaClass> named(String name) {
    return DescribedPredicate.describe(
        name, type -> type.getName().equals(name) || type.getName().startsWith(name + "$"));
  }
}
