package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.core.setting.Endpoint;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * docker/compose.yaml and the files that it mounts: Compose's own checks, and whether the services
 * can reach each other.
 */
class ComposeIT {
  private static final Path DOCKER = docker();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The keys of the Compose specification that are used, so that a misspelt key is found. */
  private static final Set<String> KEYS =
      Set.of(
          "build",
          "cap_drop",
          "command",
          "depends_on",
          "environment",
          "hostname",
          "image",
          "mem_limit",
          "ports",
          "read_only",
          "restart",
          "secrets",
          "security_opt",
          "stop_grace_period",
          "tmpfs",
          "volumes");

  @TempDir Path directory;

  @Test
  void everyServiceIsOneThatComposeTakes() throws Exception {
    JsonNode compose = compose();
    assertThat(compose.propertyStream().map(Map.Entry::getKey))
        .containsExactlyInAnyOrder("name", "services", "secrets", "volumes");
    String header = Files.readString(DOCKER.resolve("compose.yaml"));
    int mounts = 0;
    for (Map.Entry<String, JsonNode> entry : compose.path("services").properties()) {
      JsonNode service = entry.getValue();
      assertThat(KEYS)
          .as(entry.getKey())
          .containsAll(service.propertyStream().map(Map.Entry::getKey).toList());
      assertThat(service.path("image").asText()).as("image of " + entry.getKey()).isNotEmpty();
      for (JsonNode needed : service.path("depends_on")) {
        assertThat(compose.path("services").has(needed.asText())).as(needed.asText()).isTrue();
      }
      for (JsonNode mount : service.path("volumes")) {
        String source = mount.asText().substring(0, mount.asText().indexOf(':'));
        if (source.startsWith(".")) {
          assertThat(DOCKER.resolve(source)).exists();
        } else {
          assertThat(compose.path("volumes").has(source)).as(source).isTrue();
        }
        mounts++;
      }
      for (JsonNode used : service.path("secrets")) {
        // Compose copies anything that is not a file into the container, and refuses where the root
        // is
        // read-only.
        String file = compose.path("secrets").path(used.asText()).path("file").asText();
        assertThat(file).as("file of the secret " + used).startsWith("./");
        assertThat(header).contains(" >docker/" + file.substring(2) + "\n");
      }
    }
    assertThat(mounts).isGreaterThanOrEqualTo(6);
    JsonNode build = compose.at("/services/terminator/build");
    Path context = DOCKER.resolve(build.path("context").asText());
    assertThat(context.resolve(build.path("dockerfile").asText())).exists();
  }

  @Test
  void thePartsFindEachOther() throws Exception {
    JsonNode services = compose().path("services");
    TerminatorConfig config = config();
    for (JsonNode mount : services.at("/terminator/volumes")) {
      String[] parts = mount.asText().split(":");
      if (parts[0].equals("state")) {
        assertThat(read("compose/terminator.yaml")).contains("state-dir: " + parts[1] + "\n");
        // A new volume gets the owner of the directory in the image.
        assertThat(read("Dockerfile"))
            .containsPattern("--chown=65532:65532 .* " + parts[1] + "/\n");
      }
    }
    String grace = services.at("/terminator/stop_grace_period").asText();
    assertThat(Duration.parse("PT" + grace))
        .isGreaterThan(config.drain().acceptGrace().plus(config.drain().window()));
    Matcher server = Pattern.compile("\"(\\w+):(\\d+)\"").matcher(read("compose/terminator.yaml"));
    int servers = 0;
    while (server.find()) {
      assertThat(services.has(server.group(1))).as(server.group()).isTrue();
      assertThat(read("compose/nginx.conf")).contains("listen " + server.group(2) + " ");
      servers++;
    }
    assertThat(servers).isEqualTo(2);
    Endpoint.Inet admin = (Endpoint.Inet) config.admin().bind();
    assertThat(read("prometheus/prometheus.yml")).contains("\"terminator:" + admin.port() + "\"");
    assertThat(read("grafana/provisioning/datasources/prometheus.yaml"))
        .contains("http://prometheus:9090");
    assertThat(read("grafana/provisioning/dashboards/dashboards.yaml"))
        .contains("/var/lib/grafana/dashboards");
    assertThat(services.at("/grafana/volumes").toString())
        .contains("./grafana/dashboards:/var/lib/grafana/dashboards:");
  }

  @Test
  void nginxTakesItsConfiguration() throws Exception {
    String nginx = Processes.assumeAvailable("nginx").toString();
    String root = "root".equals(System.getProperty("user.name")) ? "user root;\n" : "";
    Path config =
        Files.writeString(
            directory.resolve("nginx.conf"),
            root
                + "pid "
                + directory
                + "/nginx.pid;\nerror_log stderr;\n"
                + read("compose/nginx.conf"));
    try (RunningProcess process =
        Processes.start(nginx, "-t", "-p", directory.toString(), "-c", config.toString())) {
      assertThat(process.awaitExit(PATIENCE)).as(process.output()).isZero();
    }
  }

  /** Read as the appliance reads it; mounted files are created by the test. */
  private TerminatorConfig config() throws Exception {
    TestCa.create()
        .server("localhost")
        .writeTo(Files.createDirectory(directory.resolve("certs")), "localhost");
    Path token = Files.writeString(directory.resolve("token"), "a-token-of-24-characters");
    Path config =
        Files.writeString(
            directory.resolve("terminator.yaml"),
            read("compose/terminator.yaml")
                .replace("/run/secrets/admin-token", token.toString())
                .replace("/var/lib/terminator", directory + "/state"));
    return new ConfigFile(Map.of()).read(config).config();
  }

  /** With its anchors resolved. */
  private static JsonNode compose() throws IOException {
    Object loaded = new Yaml(new SafeConstructor(new LoaderOptions())).load(read("compose.yaml"));
    return new ObjectMapper().valueToTree(loaded);
  }

  private static String read(String file) throws IOException {
    return Files.readString(DOCKER.resolve(file));
  }

  private static Path docker() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("docker/compose.yaml"))) {
      at = at.getParent();
      if (at == null) {
        throw new IllegalStateException("docker/compose.yaml is in no directory above");
      }
    }
    return at.resolve("docker");
  }
}
