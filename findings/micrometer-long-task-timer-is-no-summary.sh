#!/usr/bin/env bash
# Micrometer 1.17.2, micrometer-registry-prometheus-simpleclient, LongTaskTimer; promtool 2.42.0 (Debian 12: prometheus).
# Both exposition formats: the samples of a summary NAME are NAME{quantile=...}, NAME_sum and NAME_count, and metadata belong to such samples.
# Seen: the registry writes "# TYPE m_seconds summary" over samples "m_seconds_active_count" and "m_seconds_duration_sum", which are not of
# that family: Prometheus stores both without type and help, and m_seconds_count and m_seconds_sum do not exist. "promtool check metrics"
# reports both as "no help text", while the Timer of the same registry passes.
set -euo pipefail
command -v promtool > /dev/null && command -v mvn > /dev/null || { echo "needs Debian's prometheus, a JDK 17 and Maven"; exit 3; }
promtool --version 2>&1 | grep 'version 2\.42\.0' > /dev/null || { echo "another version: $(promtool --version 2>&1 | head -1); expected 2.42.0"; exit 3; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cat > "$work/pom.xml" <<'XML'
<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version>
<dependencies><dependency><groupId>io.micrometer</groupId><artifactId>micrometer-registry-prometheus-simpleclient</artifactId><version>1.17.2</version></dependency></dependencies>
</project>
XML
mvn -B -q -f "$work/pom.xml" dependency:copy-dependencies -DoutputDirectory="$work/lib" > "$work/mvn" 2>&1 || { cat "$work/mvn"; exit 3; }
cat > "$work/Write.java" <<'JAVA'
import io.micrometer.core.instrument.*; import io.micrometer.prometheus.*;
class Write {
  public static void main(String[] none) {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    LongTaskTimer.builder("long").description("A long task.").register(registry).start();
    Timer.builder("plain").description("A timer.").register(registry).record(java.time.Duration.ofSeconds(1));
    System.out.print(registry.scrape());
  }
}
JAVA
java -cp "$work/lib/*" "$work/Write.java" 2> /dev/null | tee "$work/metrics"
echo 'promtool:'; promtool check metrics < "$work/metrics" 2>&1 | sort | tee "$work/seen" || true
grep '^# TYPE long_seconds summary$' "$work/metrics" > /dev/null || { echo "changed: expected long_seconds to be declared as a summary"; exit 1; }
printf '%s\n' 'long_seconds_active_count no help text' 'long_seconds_duration_sum no help text' | cmp - "$work/seen" || { echo changed; exit 1; }
