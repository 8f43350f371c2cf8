import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;

/**
 * One OpenSearch node on free ports. Prints its address when it is ready. Exits at the end of standard input, so that
 * the node exits with the process that started it, even if that process is killed.
 */
public final class Server {
  private static final List<String> PLUGINS = List.of(
      "org.opensearch.transport.Netty4ModulePlugin",
      "org.opensearch.transport.netty4.Netty4ModulePlugin",
      "org.opensearch.analysis.common.CommonAnalysisModulePlugin",
      "org.opensearch.index.mapper.MapperExtrasModulePlugin");

  /** A node with plugins from the class path. */
  private static final class PluginNode extends Node {
    PluginNode(Environment environment, Collection<Object> plugins) {
      super(environment, cast(plugins), true);
    }

    /** Version 2 takes plugin classes, version 3 takes descriptions of plugin classes. */
    @SuppressWarnings("unchecked")
    private static <T> Collection<T> cast(Collection<Object> plugins) {
      return (Collection<T>) (Collection<?>) plugins;
    }
  }

  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]);
    for (String folder : List.of("config", "logs")) Files.createDirectories(home.resolve(folder));
    Settings settings = Settings.builder()
        .put("path.home", home.toString())
        .put("path.logs", home.resolve("logs").toString())
        .put("network.host", "127.0.0.1")
        .put("http.port", "0")
        .put("transport.port", "0")
        .put("node.portsfile", true)
        .put("node.name", "test")
        .put("cluster.name", "test")
        .put("discovery.type", "single-node")
        .put("cluster.routing.allocation.disk.threshold_enabled", false)
        .build();
    Thread watch = new Thread(Server::haltWithInput, "standard input");
    watch.setDaemon(true);
    watch.start();
    Environment environment = InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "test");
    new PluginNode(environment, plugins()).start();
    String address = Files.readAllLines(home.resolve("logs").resolve("http.ports")).get(0);
    System.out.println("ready http://" + address);
    Thread.currentThread().join();
  }

  private static Collection<Object> plugins() throws Exception {
    List<Object> found = new ArrayList<>();
    for (String name : PLUGINS) {
      for (String each : List.of(name, name.replace("ModulePlugin", "Plugin"))) {
        try {
          found.add(described(Class.forName(each)));
        } catch (ClassNotFoundException e) {
          continue;
        }
        break;
      }
    }
    return found;
  }

  private static Object described(Class<?> plugin) throws Exception {
    if (org.opensearch.Version.CURRENT.major < 3) return plugin;
    String name = plugin.getName();
    for (Constructor<?> constructor : Class.forName("org.opensearch.plugins.PluginInfo").getConstructors()) {
      if (constructor.getParameterCount() != 9 || constructor.getParameterTypes()[2] != String.class) continue;
      if (constructor.getParameterTypes()[3] != org.opensearch.Version.class) continue;
      return constructor.newInstance(name, "", "1", org.opensearch.Version.CURRENT, "21", name, null, List.of(), false);
    }
    throw new IllegalStateException("org.opensearch.plugins.PluginInfo has another constructor");
  }

  private static void haltWithInput() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException e) {
      // treated as the end of standard input
    }
    Runtime.getRuntime().halt(0);
  }
}
