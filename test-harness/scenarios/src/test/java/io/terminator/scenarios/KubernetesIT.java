package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonDeserializer;
import com.google.gson.JsonParser;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.custom.Quantity;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.core.setting.Endpoint;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The manifests and the rendered chart: what a cluster would refuse according to the schemas in the
 * official client, what the restricted pod security level forbids, and whether the objects match
 * each other and the appliance.
 */
class KubernetesIT {
  private static final Path KUBERNETES = kubernetes();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Three types that the client serializes in its own way. */
  private static final Gson TYPES =
      new GsonBuilder()
          .registerTypeAdapter(
              OffsetDateTime.class,
              (JsonDeserializer<OffsetDateTime>)
                  (json, type, context) -> OffsetDateTime.parse(json.getAsString()))
          .registerTypeAdapter(
              Quantity.class,
              (JsonDeserializer<Quantity>)
                  (json, type, context) -> Quantity.fromString(json.getAsString()))
          .registerTypeAdapter(
              IntOrString.class,
              (JsonDeserializer<IntOrString>)
                  (json, type, context) ->
                      json.getAsJsonPrimitive().isNumber()
                          ? new IntOrString(json.getAsInt())
                          : new IntOrString(json.getAsString()))
          .create();

  private static final Map<String, String> VERSIONS =
      Map.of(
          "ConfigMap", "v1",
          "Deployment", "apps/v1",
          "NetworkPolicy", "networking.k8s.io/v1",
          "PodDisruptionBudget", "policy/v1",
          "Secret", "v1",
          "Service", "v1");

  /** Objects that their operators validate; their schemas are not available here. */
  private static final Set<String> OF_OPERATORS = Set.of("Certificate", "ServiceMonitor");

  @Test
  void theBaseIsWhatAClusterTakes() throws Exception {
    List<JsonNode> objects = kustomize("base");
    assertThat(kinds(objects))
        .containsExactlyInAnyOrder(
            "ConfigMap",
            "Deployment",
            "NetworkPolicy",
            "PodDisruptionBudget",
            "Service",
            "Service");
    accepted(objects);
    fits(objects);
  }

  @Test
  void withOperatorsAddsACertificateAndAMonitorThatFit() throws Exception {
    List<JsonNode> objects = kustomize("with-operators");
    accepted(objects);
    fits(objects);
    operators(objects);
  }

  @Test
  void theChartIsWhatAClusterTakes() throws Exception {
    List<JsonNode> objects = rendered(chart().set("adminToken", "a-token-of-24-characters"));
    accepted(objects);
    fits(objects);
    assertThat(kinds(objects)).contains("Secret").doesNotContain("Certificate", "ServiceMonitor");
  }

  @Test
  void theChartFollowsItsValues() throws Exception {
    List<JsonNode> objects =
        rendered(
            chart()
                .set("adminSecret", "mine")
                .set("serviceMonitor", true)
                .set("ticketSecret", "fleet")
                .set("certificate.issuer", "letsencrypt")
                .set("certificate.names[0]", "www.example.com")
                .set("networkPolicy.enabled", false)
                .set("service.type", "ClusterIP")
                .set("drain.window", 300));
    accepted(objects);
    fits(objects);
    operators(objects);
    assertThat(kinds(objects)).doesNotContain("Secret", "NetworkPolicy");
    assertThatThrownBy(() -> chart().call()).hasMessageContaining("adminToken");
  }

  @Test
  void theSchemasRefuseWhatIsWrong() throws Exception {
    String deployment =
        kustomize("base").stream()
            .filter(each -> kind(each).equals("Deployment"))
            .findFirst()
            .orElseThrow()
            .toString();
    accept("Deployment", deployment);
    for (String wrong :
        List.of(
            deployment.replace("readinessProbe", "readynessProbe"),
            deployment.replace("\"replicas\":2", "\"replicas\":\"two\""),
            deployment.replace("\"runAsUser\":65532", "\"runAsUser\":\"nonroot\""),
            deployment.replace("apps/v1", "apps/v1beta1"),
            deployment.replace("maxUnavailable", "maxUnavailible"),
            deployment.replace("512Mi", "512Mx"),
            deployment.replace("\"selector\"", "\"selektor\""))) {
      assertThat(wrong).isNotEqualTo(deployment);
      assertThatThrownBy(() -> accept("Deployment", wrong))
          .as(wrong)
          .isNotInstanceOf(LinkageError.class);
    }
  }

  private static void accepted(List<JsonNode> objects) throws IOException {
    for (JsonNode object : objects) {
      if (!OF_OPERATORS.contains(kind(object))) {
        accept(kind(object), object.toString());
      }
    }
  }

  private static void accept(String kind, String json) throws IOException {
    var element = JsonParser.parseString(json);
    // The validation judges names and texts, the reading numbers, truth values and quantities.
    String version =
        switch (kind) {
          case "ConfigMap" -> {
            V1ConfigMap.validateJsonElement(element);
            yield TYPES.fromJson(json, V1ConfigMap.class).getApiVersion();
          }
          case "Deployment" -> {
            V1Deployment.validateJsonElement(element);
            yield TYPES.fromJson(json, V1Deployment.class).getApiVersion();
          }
          case "NetworkPolicy" -> {
            V1NetworkPolicy.validateJsonElement(element);
            yield TYPES.fromJson(json, V1NetworkPolicy.class).getApiVersion();
          }
          case "PodDisruptionBudget" -> {
            V1PodDisruptionBudget.validateJsonElement(element);
            yield TYPES.fromJson(json, V1PodDisruptionBudget.class).getApiVersion();
          }
          case "Secret" -> {
            V1Secret.validateJsonElement(element);
            yield TYPES.fromJson(json, V1Secret.class).getApiVersion();
          }
          case "Service" -> {
            V1Service.validateJsonElement(element);
            yield TYPES.fromJson(json, V1Service.class).getApiVersion();
          }
          default -> throw new AssertionError("no schema for " + kind);
        };
    assertThat(version).as("apiVersion of " + kind).isEqualTo(VERSIONS.get(kind));
  }

  /**
   * What schemas cannot check: that the objects refer to each other correctly, and that the pod has
   * only the privileges it needs.
   */
  private static void fits(List<JsonNode> objects) throws Exception {
    JsonNode deployment = one(objects, "Deployment");
    JsonNode spec = deployment.path("spec");
    assertThat(spec.at("/strategy/rollingUpdate/maxUnavailable").asInt(-1)).isZero();
    JsonNode pod = spec.at("/template/spec");
    JsonNode labels = spec.at("/template/metadata/labels");
    selects(spec.at("/selector/matchLabels"), labels);
    selects(one(objects, "PodDisruptionBudget").at("/spec/selector/matchLabels"), labels);
    for (JsonNode object : objects) {
      if (kind(object).equals("Service")) {
        selects(object.at("/spec/selector"), labels);
      } else if (kind(object).equals("NetworkPolicy")) {
        selects(object.at("/spec/podSelector/matchLabels"), labels);
      }
    }
    restricted(pod);
    JsonNode container = pod.path("containers").path(0);
    assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/readyz");
    assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/livez");
    assertThat(container.at("/resources/limits/memory").asText()).isNotEmpty();
    // So that the local image is run, whatever its tag.
    assertThat(container.path("imagePullPolicy").asText()).isEqualTo("IfNotPresent");
    JsonNode map = one(objects, "ConfigMap");
    TerminatorConfig config = config(map.at("/data/terminator.yaml").asText());
    ports(objects, container, config);
    long together =
        container.at("/lifecycle/preStop/sleep/seconds").asLong()
            + config.drain().acceptGrace().toSeconds()
            + config.drain().window().toSeconds();
    assertThat(container.at("/lifecycle/preStop/sleep/seconds").asLong()).isPositive();
    assertThat(pod.path("terminationGracePeriodSeconds").asLong()).isGreaterThan(together);
    Set<String> volumes = new TreeSet<>();
    for (JsonNode volume : pod.path("volumes")) {
      volumes.add(volume.path("name").asText());
      if (volume.has("configMap")) {
        assertThat(volume.at("/configMap/name")).isEqualTo(map.at("/metadata/name"));
      }
    }
    Set<String> mounts = new TreeSet<>();
    for (JsonNode mount : container.path("volumeMounts")) {
      mounts.add(mount.path("name").asText());
    }
    assertThat(mounts).isEqualTo(volumes);
    assertThat(mounts.contains("tickets"))
        .isEqualTo(map.at("/data/terminator.yaml").asText().contains("tickets/secret"));
  }

  /**
   * The ports of the pod, the Services and the NetworkPolicy are those that the configuration
   * listens on and connects to.
   */
  private static void ports(List<JsonNode> objects, JsonNode container, TerminatorConfig config) {
    Map<String, Integer> named = new TreeMap<>();
    for (JsonNode port : container.path("ports")) {
      named.put(port.path("name").asText(), port.path("containerPort").asInt());
    }
    assertThat(named)
        .isEqualTo(
            Map.of(
                "tls", port(config.services().get(0).listener().bind()),
                "admin", port(config.admin().bind())));
    for (JsonNode object : objects) {
      if (kind(object).equals("Service")) {
        assertThat(named).containsKey(object.at("/spec/ports/0/targetPort").asText());
      } else if (kind(object).equals("NetworkPolicy")) {
        Set<String> in = new TreeSet<>();
        object
            .at("/spec/ingress")
            .forEach(
                rule -> rule.path("ports").forEach(port -> in.add(port.path("port").asText())));
        assertThat(in).isEqualTo(named.keySet());
        Set<Integer> out = new TreeSet<>();
        object
            .at("/spec/egress")
            .forEach(
                rule -> rule.path("ports").forEach(port -> out.add(port.path("port").asInt())));
        Set<Integer> dialled = new TreeSet<>(Set.of(53));
        config.backends().values().stream()
            .flatMap(backend -> backend.servers().stream())
            .forEach(server -> dialled.add(port(server.address())));
        assertThat(out).isEqualTo(dialled);
      }
    }
  }

  private static int port(Endpoint bind) {
    return ((Endpoint.Inet) bind).port();
  }

  /** The restricted level of the Pod Security Standards. */
  private static void restricted(JsonNode pod) {
    assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
    assertThat(pod.at("/securityContext/runAsUser").asInt()).isEqualTo(65532);
    assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
    assertThat(pod.path("hostNetwork").asBoolean(false)).isFalse();
    for (JsonNode volume : pod.path("volumes")) {
      assertThat(volume.has("configMap") || volume.has("secret") || volume.has("emptyDir"))
          .as(volume.toString())
          .isTrue();
    }
    for (JsonNode container : pod.path("containers")) {
      JsonNode security = container.path("securityContext");
      assertThat(security.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
      assertThat(security.path("readOnlyRootFilesystem").asBoolean()).isTrue();
      assertThat(security.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
      assertThat(security.at("/capabilities").has("add")).isFalse();
    }
  }

  private static void operators(List<JsonNode> objects) {
    JsonNode certificate = one(objects, "Certificate");
    List<String> secrets = new ArrayList<>();
    one(objects, "Deployment")
        .at("/spec/template/spec/volumes")
        .forEach(volume -> secrets.add(volume.at("/secret/secretName").asText()));
    assertThat(secrets).contains(certificate.at("/spec/secretName").asText());
    assertThat(certificate.at("/spec/dnsNames/0").asText()).isEqualTo("www.example.com");
    JsonNode monitor = one(objects, "ServiceMonitor");
    JsonNode admin =
        objects.stream()
            .filter(each -> kind(each).equals("Service"))
            .filter(each -> each.at("/metadata/name").asText().endsWith("-admin"))
            .findFirst()
            .orElseThrow();
    selects(monitor.at("/spec/selector/matchLabels"), admin.at("/metadata/labels"));
    assertThat(monitor.at("/spec/endpoints/0/port")).isEqualTo(admin.at("/spec/ports/0/name"));
    assertThat(monitor.at("/spec/endpoints/0/path").asText()).isEqualTo("/metrics");
  }

  private static void selects(JsonNode selector, JsonNode labels) {
    assertThat(selector.isObject() && selector.size() > 0).as("selector " + selector).isTrue();
    selector
        .properties()
        .forEach(
            wanted ->
                assertThat(labels.get(wanted.getKey()))
                    .as(wanted.getKey() + " of " + labels)
                    .isEqualTo(wanted.getValue()));
  }

  /**
   * Read as the appliance reads it; the mounted files are created by the test under another root.
   */
  private static TerminatorConfig config(String yaml) throws Exception {
    Path root = Files.createTempDirectory("terminator-pod");
    Files.createDirectories(root.resolve("certs"));
    Files.createDirectories(root.resolve("admin"));
    Files.writeString(root.resolve("admin/token"), "a-token-of-24-characters");
    Files.createDirectories(root.resolve("tickets"));
    Files.writeString(root.resolve("tickets/secret"), "0123456789abcdef".repeat(4));
    String moved = yaml.replace("/etc/terminator/", root + "/");
    assertThat(moved).isNotEqualTo(yaml);
    return new ConfigFile(Map.of())
        .read("terminator.yaml", root, moved.getBytes(StandardCharsets.UTF_8))
        .config();
  }

  private static List<JsonNode> kustomize(String directory) throws IOException {
    String kubectl = Processes.assumeAvailable("kubectl").toString();
    Path output = Files.createTempFile("kustomized", ".yaml");
    ProcessBuilder command =
        new ProcessBuilder(
            "sh", "-c", kubectl + " kustomize " + KUBERNETES.resolve(directory) + " >" + output);
    try (RunningProcess process = Processes.start(command)) {
      assertThat(process.awaitExit(PATIENCE)).as(process.output()).isZero();
      return parsed(Files.readString(output));
    } finally {
      Files.delete(output);
    }
  }

  private static TemplateCommand chart() {
    return new Helm(KUBERNETES.resolve("chart")).template().withName("edge");
  }

  private static List<JsonNode> rendered(TemplateCommand chart) throws IOException {
    return parsed(chart.call());
  }

  private static List<JsonNode> parsed(String yaml) throws IOException {
    List<JsonNode> objects = new ArrayList<>();
    for (Object object : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(yaml)) {
      if (object != null) {
        objects.add(JSON.readTree(JSON.writeValueAsString(object)));
      }
    }
    assertThat(objects).isNotEmpty();
    return objects;
  }

  private static JsonNode one(List<JsonNode> objects, String kind) {
    List<JsonNode> found = objects.stream().filter(each -> kind(each).equals(kind)).toList();
    assertThat(found).as(kind).hasSize(1);
    return found.get(0);
  }

  private static List<String> kinds(List<JsonNode> objects) {
    return objects.stream().map(KubernetesIT::kind).collect(Collectors.toList());
  }

  private static String kind(JsonNode object) {
    return object.path("kind").asText();
  }

  private static Path kubernetes() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("docker/kubernetes"))) {
      at = at.getParent();
      if (at == null) {
        throw new IllegalStateException("docker/kubernetes is in no directory above");
      }
    }
    return at.resolve("docker/kubernetes");
  }
}
