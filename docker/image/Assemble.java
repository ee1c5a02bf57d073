import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Lays out the image's /opt/terminator from the built jars, then serves a few clients with it, so that the ahead-of-time cache
 * is trained by what production does, with the very flags it runs with. A source-file program: the build stage has a JDK and
 * no shell. Arguments: the built jars, the sample certificates, /opt/terminator with a jlinked runtime in it.
 */
public class Assemble {
  private static final String MAIN = "io.terminator.admin.command.Main";
  private static final Pattern NATIVE = Pattern.compile(".*-linux-(x86_64|aarch_64)\\.jar");
  private static final Pattern SIGNATURE = Pattern.compile("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");
  /**
   * The first handshake of the JDK's TLS client looks for algorithms in providers whose modules this runtime does not have, and
   * would load AWS-LC on the way. Its user names it by its class.
   */
  private static final String PROVIDERS = "META-INF/services/java.security.Provider";
  /** Packages of which only those classes are kept that others name: Bouncy Castle, Micrometer's binders, Netty's HTTP/2. */
  private static final String TRIMMED =
      "(?:org[/.]bouncycastle|io[/.]micrometer[/.]core[/.]instrument[/.]binder|io[/.]netty[/.]handler[/.]codec[/.]http2)";
  private static final Pattern TRIMMED_CLASS = Pattern.compile("(META-INF/versions/[0-9]+/)?" + TRIMMED + "/.*[^/]");
  private static final Pattern TRIMMED_NAME = Pattern.compile(TRIMMED + "(?:[/.][A-Za-z0-9_$]+)+");
  private static final List<Attributes.Name> READ_ATTRIBUTES =
      List.of(Attributes.Name.MANIFEST_VERSION, Attributes.Name.MULTI_RELEASE);
  /** Protocols and handlers of Netty that nothing here uses. */
  private static final Pattern UNSPOKEN =
      Pattern.compile("io/netty/handler/(codec/http/websocketx|codec/rtsp|codec/spdy|ipfilter|pcap|stream|traffic)/.*[^/]");
  /** Of the chart library the dashboard sends the smallest form. */
  private static final Pattern OTHER_FORMS =
      Pattern.compile("META-INF/resources/webjars/uplot/.*/uPlot\\.(cjs\\.js|esm\\.js|iife\\.js|d\\.ts)");
  private static final int POST = 0x504f5354;
  private static final int TEXT = 0x74657874;
  private static final int EMPTY_LINE = 0x0d0a0d0a;
  private static final Pattern READY =
      Pattern.compile(
          "(?=.*web on 127.0.0.1:(\\d+))(?=.*pages on 127.0.0.1:(\\d+)).*Ready: .*; admin API on http://127.0.0.1:(\\d+).*");

  public static void main(String[] arguments) throws Exception {
    Path built = Path.of(arguments[0]);
    Path certificates = Path.of(arguments[1]);
    Path home = Path.of(arguments[2]);
    layOut(built, home);
    try (var files = Files.walk(home.resolve("jre/lib"))) {
      for (Path library : files.filter(each -> each.toString().endsWith(".so")).toList()) {
        dropSymbols(library);
      }
    }
    withoutComments(home.resolve("jre/conf/security/java.security"));
    // Sorts large arrays of numbers by vector instructions: there are none.
    Files.deleteIfExists(home.resolve("jre/lib/libsimdsort.so"));
    // For tools that read this runtime from another one, and for making an archive that the cache replaces.
    Files.delete(home.resolve("jre/lib/jrt-fs.jar"));
    Files.delete(home.resolve("jre/lib/classlist"));
    train(certificates, home);
  }

  private static void layOut(Path built, Path home) throws IOException {
    Path lib = Files.createDirectories(home.resolve("lib"));
    Path natives = Files.createDirectories(home.resolve("native"));
    String ours = System.getProperty("os.arch").equals("aarch64") ? "aarch_64" : "x86_64";
    List<String> classPath = new ArrayList<>();
    List<Path> jars;
    try (var all = Files.list(built)) {
      // Ours first: a look for one of our resources opens the jars before it.
      jars =
          all.filter(each -> each.toString().endsWith(".jar"))
              .sorted(Comparator.comparing(Assemble::isOthers).thenComparing(Comparator.naturalOrder()))
              .toList();
    }
    Set<String> needed = neededOf(jars);
    for (Path jar : jars) {
      Matcher carrier = NATIVE.matcher(jar.getFileName().toString());
      if (carrier.matches()) {
        if (!carrier.group(1).equals(ours) || !unpackNative(jar, natives)) {
          continue;
        }
      }
      Path copy = lib.resolve(jar.getFileName());
      copyUnsigned(jar, copy, needed);
      classPath.add(copy.toString());
    }
    Path cache = home.resolve("terminator.aot");
    List<String> flags = new ArrayList<>(Files.readAllLines(home.resolve("flags")));
    flags.removeIf(flag -> flag.isBlank() || flag.startsWith("#"));
    flags.add("-Djava.library.path=" + natives);
    flags.add("-Dterminator.home=" + home);
    flags.add("-cp " + String.join(":", classPath));
    Files.write(home.resolve("training"), flags);
    flags.add(0, "-XX:AOTCache=" + cache);
    Files.write(home.resolve("options"), flags);
    script(home, flags);
  }

  /** Every start reads the file character by character, and 96 % of it are comments. */
  private static void withoutComments(Path properties) throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(properties));
    lines.removeIf(line -> line.isBlank() || line.startsWith("#"));
    Files.write(properties, lines);
  }

  private static boolean isOthers(Path jar) {
    return !jar.getFileName().toString().startsWith("terminator-");
  }

  /** A command for the PATH of an image without a shell: the kernel starts the JVM named in the first line. */
  private static void script(Path home, List<String> flags) throws IOException {
    List<String> command = new ArrayList<>(flags);
    command.add("io.terminator.admin.command.ScriptMain");
    Files.write(home.resolve("command"), command);
    Path script = Files.createDirectories(home.resolve("bin")).resolve("terminator");
    Files.writeString(
        script, "#!" + home.resolve("jre/bin/java") + " @" + home.resolve("command") + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /**
   * Loaded from a file there is nothing to unpack at run time: a read-only root and a noexec temporary directory will do. True
   * where the jar has classes too.
   */
  private static boolean unpackNative(Path jar, Path natives) throws IOException {
    boolean holdsClasses = false;
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : file.stream().toList()) {
        holdsClasses |= entry.getName().endsWith(".class") && !entry.getName().equals("module-info.class");
        if (entry.getName().endsWith(".so")) {
          Path to = natives.resolve(Path.of(entry.getName()).getFileName());
          Files.write(to, file.getInputStream(entry).readAllBytes());
          dropSymbols(to);
        }
      }
    }
    return holdsClasses;
  }

  /**
   * Packed as tightly as can be, and without the signatures inside: classes of a signed jar are left out of the cache. Of the
   * manifest, which every start parses before the first line of Java, only what the JVM reads: the others have 180 KB of it,
   * mostly for OSGi. Directories are left out, since opening a jar takes time for each entry. Of the trimmed packages only what
   * is in {@code needed}.
   */
  private static void copyUnsigned(Path jar, Path copy, Set<String> needed) throws IOException {
    try (JarFile file = new JarFile(jar.toFile(), false)) {
      Manifest manifest = new Manifest();
      for (Attributes.Name name : READ_ATTRIBUTES) {
        String value = file.getManifest().getMainAttributes().getValue(name);
        if (value != null) {
          manifest.getMainAttributes().put(name, value);
        }
      }
      try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(copy), manifest)) {
        out.setLevel(Deflater.BEST_COMPRESSION);
        for (JarEntry entry : file.stream().toList()) {
          String name = entry.getName();
          if (entry.isDirectory()
              || name.equals(JarFile.MANIFEST_NAME)
              || SIGNATURE.matcher(name).matches()
              || name.equals(PROVIDERS)
              || name.endsWith(".so")
              || UNSPOKEN.matcher(name).matches()
              || OTHER_FORMS.matcher(name).matches()
              || TRIMMED_CLASS.matcher(name).matches() && !needed.contains(className(name))
              || name.startsWith("META-INF/maven/") && name.endsWith("pom.xml")
              || name.startsWith("META-INF/native-image/")
              || name.endsWith("module-info.class")) {
            continue;
          }
          JarEntry plain = new JarEntry(name);
          plain.setTime(entry.getTime());
          out.putNextEntry(plain);
          byte[] content = file.getInputStream(entry).readAllBytes();
          if (name.equals("org/yaml/snakeyaml/nodes/Tag.class")) {
            rename("java.sql.Date", "java.util.Map", content);
            rename("java.sql.Timestamp", "java.util.Iterator", content);
          }
          out.write(name.endsWith(".class") ? withoutLocals(content) : content);
        }
      }
    }
  }

  /**
   * Names another class in a constant of the same length. SnakeYAML looks for the types of SQL, in whose absence a start opens
   * every jar. Only its way from objects to text uses what it finds, which nothing here does.
   */
  private static void rename(String from, String to, byte[] content) {
    int at = new String(content, StandardCharsets.ISO_8859_1).indexOf(from);
    if (at < 0) {
      throw new IllegalStateException("there is no " + from + " to be replaced: see whether a start still opens every jar");
    }
    System.arraycopy(to.getBytes(StandardCharsets.ISO_8859_1), 0, content, at, from.length());
  }

  /**
   * A class without the names and types of its local variables, which are for debuggers: a megabyte of the image, and of
   * the memory that the cache takes in every process. Everything else is copied as it is (JVMS, chapter 4).
   */
  private static byte[] withoutLocals(byte[] content) {
    ByteBuffer in = ByteBuffer.wrap(content);
    in.position(8);
    int constants = Short.toUnsignedInt(in.getShort());
    String[] names = new String[constants];
    for (int i = 1; i < constants; i++) {
      int tag = in.get();
      switch (tag) {
        case 1 -> {
          byte[] text = new byte[Short.toUnsignedInt(in.getShort())];
          in.get(text);
          names[i] = new String(text, StandardCharsets.ISO_8859_1);
        }
        case 7, 8, 16, 19, 20 -> in.position(in.position() + 2);
        case 15 -> in.position(in.position() + 3);
        case 5, 6 -> {
          in.position(in.position() + 8);
          i++; // JVMS 4.4.5: these take two entries.
        }
        default -> in.position(in.position() + 4);
      }
    }
    in.position(in.position() + 6);
    in.position(in.position() + 2 + 2 * Short.toUnsignedInt(in.getShort(in.position())));
    ByteBuffer out = ByteBuffer.allocate(content.length).put(content, 0, in.position());
    for (int kind = 0; kind < 2; kind++) {
      int members = Short.toUnsignedInt(in.getShort());
      out.putShort((short) members);
      for (int i = 0; i < members; i++) {
        out.putShort(in.getShort()).putShort(in.getShort()).putShort(in.getShort());
        copyAttributes(in, out, names);
      }
    }
    copyAttributes(in, out, names);
    return Arrays.copyOf(out.array(), out.position());
  }

  private static void copyAttributes(ByteBuffer in, ByteBuffer out, String[] names) {
    int attributes = Short.toUnsignedInt(in.getShort());
    int countAt = out.position();
    out.putShort((short) 0);
    int kept = 0;
    for (int i = 0; i < attributes; i++) {
      int start = in.position();
      String name = names[Short.toUnsignedInt(in.getShort())];
      int end = in.getInt() + in.position();
      if (name.equals("LocalVariableTable") || name.equals("LocalVariableTypeTable")) {
        in.position(end);
        continue;
      }
      kept++;
      if (!name.equals("Code")) {
        out.put(in.array(), start, end - start);
        in.position(end);
        continue;
      }
      int outStart = out.position();
      int code = in.position() + 8 + in.getInt(in.position() + 4);
      int handlers = code + 2 + 8 * Short.toUnsignedInt(in.getShort(code));
      out.put(in.array(), start, handlers - start);
      in.position(handlers);
      copyAttributes(in, out, names);
      out.putInt(outStart + 2, out.position() - outStart - 6);
    }
    out.putShort(countAt, (short) kept);
  }

  /**
   * The classes of the trimmed packages that anything else names, or that those name in turn: a twentieth of Bouncy Castle.
   * Netty's optional use of them is ignored. Names in strings count too, so that classes created by name are found.
   */
  private static Set<String> neededOf(List<Path> jars) throws IOException {
    Map<String, Set<String>> named = new HashMap<>();
    Deque<String> open = new ArrayDeque<>();
    for (Path jar : jars) {
      try (JarFile file = new JarFile(jar.toFile(), false)) {
        for (JarEntry entry : file.stream().toList()) {
          String name = entry.getName();
          if (!name.endsWith(".class") || name.endsWith("module-info.class")
              || name.startsWith("io/netty/") && !TRIMMED_CLASS.matcher(name).matches()) {
            continue;
          }
          Set<String> names = new HashSet<>();
          String text = new String(file.getInputStream(entry).readAllBytes(), StandardCharsets.ISO_8859_1);
          for (Matcher each = TRIMMED_NAME.matcher(text); each.find(); ) {
            names.add(each.group().replace('.', '/'));
          }
          if (TRIMMED_CLASS.matcher(name).matches()) {
            // A class may be there once more for newer releases of Java.
            named.computeIfAbsent(className(name), key -> new HashSet<>()).addAll(names);
          } else {
            open.addAll(names);
          }
        }
      }
    }
    Set<String> needed = new HashSet<>();
    while (!open.isEmpty()) {
      String name = open.remove();
      if (named.containsKey(name) && needed.add(name)) {
        open.addAll(named.get(name));
      }
    }
    return needed;
  }

  /** Of an entry of a jar. */
  private static String className(String entry) {
    return entry.replaceFirst("^META-INF/versions/[0-9]+/", "").replaceFirst("\\.class$", "");
  }

  /**
   * Ends a shared library behind the last segment that is ever loaded: what follows is a symbol table for debuggers, 6 MB in
   * all, and the headers that lead to it. The build stage has no strip.
   */
  private static void dropSymbols(Path library) throws IOException {
    ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(library)).order(ByteOrder.LITTLE_ENDIAN);
    if (elf.getInt(0) != 0x464c457f || elf.get(4) != 2) {
      throw new IOException(library + " is no 64-bit ELF file");
    }
    int programHeaders = (int) elf.getLong(0x20);
    int size = elf.getShort(0x36);
    long end = programHeaders + (long) size * elf.getShort(0x38);
    for (int i = 0; i < elf.getShort(0x38); i++) {
      int header = programHeaders + i * size;
      end = Math.max(end, elf.getLong(header + 0x08) + elf.getLong(header + 0x20));
    }
    elf.putLong(0x28, 0);
    elf.putShort(0x3c, (short) 0);
    elf.putShort(0x3e, (short) 0);
    Files.write(library, Arrays.copyOf(elf.array(), (int) end));
  }

  private static void train(Path certificates, Path home) throws Exception {
    Path java = home.resolve("jre/bin/java");
    Path directory = Files.createTempDirectory("training");
    try (ServerSocket backend = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread answering = new Thread(() -> answer(backend));
      answering.setDaemon(true);
      answering.start();
      Path config =
          Files.writeString(
              directory.resolve("terminator.yaml"),
              """
              workers: 1
              listeners:
                - { name: web, bind: "127.0.0.1:0", certificates: "%1$s/", backend: app }
                - name: named
                  bind: "127.0.0.1:0"
                  certificates: [{ chain: "%1$s/wildcard.crt", key: "%1$s/wildcard.key" }]
                  backend: app
                - { name: pages, bind: "127.0.0.1:0", certificates: "%1$s/", backend: pages, http: {} }
              backends:
                app: { servers: ["127.0.0.1:%2$d"], proxy-protocol: v2 }
                pages: { servers: ["127.0.0.1:%2$d"] }
              admin: { bind: "127.0.0.1:0" }
              drain: { accept-grace: 0, window: 5s }
              """
                  .formatted(certificates, backend.getLocalPort()));
      Process process =
          start(
              java.toString(),
              "@" + home.resolve("training"),
              "-XX:AOTCacheOutput=" + home.resolve("terminator.aot"),
              // With profiles the optimising compiler begins during the start: 3 MiB and a tenth of the start (docs/adr/0009).
              "-XX:+UnlockDiagnosticVMOptions",
              "-XX:-AOTRecordTraining",
              // Nor counters for it, another MiB.
              "-XX:TieredStopAtLevel=1",
              MAIN,
              "run",
              "--config",
              config.toString());
      StringBuilder said = new StringBuilder();
      int[] ports = awaitReady(process, said);
      for (String version : List.of("TLSv1.3", "TLSv1.2")) {
        SSLContext client = trusting();
        for (int i = 0; i < 20; i++) {
          exchange(client, version, ports[0]);
        }
      }
      for (HttpClient.Version version : HttpClient.Version.values()) {
        request(version, ports[1]);
      }
      for (String path : List.of("/livez", "/readyz", "/metrics", "/metrics")) {
        get(ports[2], path);
      }
      // By its handle: Process.destroy would close the output that is still to be read to its end.
      process.toHandle().destroy();
      process.inputReader().transferTo(Writer.nullWriter());
      if (!process.waitFor(120, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IllegalStateException("the training run did not end well\n" + said);
      }
    }
    // A cache that does not fit is passed over in silence, unless one insists on it.
    Process check =
        start(
            java.toString(), "-XX:AOTMode=on", "@" + home.resolve("options"), MAIN, "version");
    String version = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (check.waitFor() != 0 || !version.contains("Terminator")) {
      throw new IllegalStateException("the ahead-of-time cache cannot be used: " + version);
    }
    Files.delete(home.resolve("training"));
    Files.delete(home.resolve("flags"));
    System.out.println(version.strip() + "; cache of " + Files.size(home.resolve("terminator.aot")) + " bytes");
  }

  private static Process start(String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().merge("JDK_AOT_VM_OPTIONS", "-XX:TieredStopAtLevel=1", (given, own) -> own + " " + given);
    return builder.start();
  }

  private static int[] awaitReady(Process process, StringBuilder said) throws IOException {
    var lines = process.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.append(line).append('\n');
      Matcher ready = READY.matcher(line);
      if (ready.matches()) {
        return new int[] {
          Integer.parseInt(ready.group(1)), Integer.parseInt(ready.group(2)), Integer.parseInt(ready.group(3))
        };
      }
    }
    throw new IllegalStateException("the training run did not start\n" + said);
  }

  private static void answer(ServerSocket backend) {
    while (true) {
      try (Socket client = backend.accept()) {
        InputStream in = client.getInputStream();
        // Bytes of the PROXY header come first; the request ends with an empty line, or with its text.
        boolean hasText = false;
        for (int last = 0, at; (at = in.read()) >= 0; ) {
          last = last << 8 | at;
          hasText |= last == POST;
          if (hasText ? last == TEXT : last == EMPTY_LINE && in.available() == 0) {
            break;
          }
        }
        client
            .getOutputStream()
            .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".getBytes(StandardCharsets.US_ASCII));
      } catch (IOException ended) {
        if (backend.isClosed()) {
          return;
        }
      }
    }
  }

  private static void exchange(SSLContext client, String version, int port) throws IOException {
    try (SSLSocket socket =
        (SSLSocket) client.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      socket.setEnabledProtocols(new String[] {version});
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      if (!answer.endsWith("ok")) {
        throw new IOException("the training client was answered \"" + answer + '"');
      }
    }
  }

  /** So that the first request of a client loads no class on the worker, which serves everybody. */
  private static void request(HttpClient.Version version, int port) throws Exception {
    HttpClient client = HttpClient.newBuilder().version(version).sslContext(trusting()).build();
    URI uri = URI.create("https://localhost:" + port + "/");
    for (int i = 0; i < 20; i++) {
      HttpRequest.Builder request = HttpRequest.newBuilder(uri);
      if (i % 2 == 1) {
        request.POST(HttpRequest.BodyPublishers.ofString("text"));
      }
      HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.version() != version || !answer.body().equals("ok")) {
        throw new IOException("the training client was answered " + answer + " \"" + answer.body() + '"');
      }
    }
  }

  private static void get(int port, String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
    try (InputStream in = connection.getInputStream()) {
      in.readAllBytes();
    }
  }

  /** Against the appliance that this very program started. */
  private static SSLContext trusting() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        null,
        new TrustManager[] {
          new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String kind) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String kind) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
              return new X509Certificate[0];
            }
          }
        },
        null);
    return context;
  }
}
