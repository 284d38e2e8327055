package hayloft.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import hayloft.common.volume.VolumeUnwritableException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/// The house as docs/architecture.md draws it: who may know whom. The build files hold most of it; this also holds what
/// they cannot say.
@AnalyzeClasses(packages = "hayloft", importOptions = ImportOption.DoNotIncludeTests.class)
final class HouseTest {

  private static final String COMMON = "hayloft.common..";
  private static final String VOLUME = "hayloft.volume..";
  private static final String MASTER = "hayloft.master..";
  private static final String FILER = "hayloft.filer..";
  private static final String S3 = "hayloft.s3..";
  private static final String CLI = "hayloft.cli..";

  @ArchTest
  static final ArchRule COMMON_KNOWS_NO_ROOM = noClasses().that().resideInAPackage(COMMON).should()
      .dependOnClassesThat()
      .resideInAnyPackage(VOLUME, MASTER, FILER, S3, CLI);

  @ArchTest
  static final ArchRule VOLUMES_KNOW_COMMON_ONLY = noClasses().that().resideInAPackage(VOLUME).should()
      .dependOnClassesThat()
      .resideInAnyPackage(MASTER, FILER, S3, CLI);

  @ArchTest
  static final ArchRule THE_MASTER_KNOWS_COMMON_ONLY = noClasses().that().resideInAPackage(MASTER).should()
      .dependOnClassesThat()
      .resideInAnyPackage(VOLUME, FILER, S3, CLI);

  @ArchTest
  static final ArchRule THE_CATALOG_KNOWS_COMMON_ONLY = noClasses().that().resideInAPackage(FILER).should()
      .dependOnClassesThat()
      .resideInAnyPackage(VOLUME, MASTER, S3, CLI);

  @ArchTest
  static final ArchRule THE_GATEWAY_KNOWS_FILER_AND_COMMON = noClasses().that().resideInAPackage(S3).should()
      .dependOnClassesThat()
      .resideInAnyPackage(VOLUME, MASTER, CLI);

  @ArchTest
  static final ArchRule THE_GATEWAY_KNOWS_NO_NEEDLES = noClasses()
      .that().resideInAPackage(S3).should().dependOnClassesThat(
          resideInAnyPackage("hayloft.common.volume..", "hayloft.common.placement..")
              .and(not(assignableTo(IOException.class)))
              .and(not(type(VolumeUnwritableException.Reason.class))))
      .because("faults pass through every floor, needles do not");

  @ArchTest
  static final ArchRule ROCKSDB_STAYS_BEHIND_THE_KEY_STORE = noClasses().that()
      .resideOutsideOfPackage("hayloft.filer.keystore..")
      .should().dependOnClassesThat().resideInAPackage("org.rocksdb..");

  @ArchTest
  static final ArchRule FIGURES_ARE_TOLD_IN_OUR_OWN_WORDS = noClasses().that()
      .resideOutsideOfPackage("hayloft.common.metrics..")
      .should().dependOnClassesThat().resideInAnyPackage("io.micrometer..", "io.prometheus..",
          "io.opentelemetry..", "com.google.protobuf..");

  @ArchTest
  static final ArchRule ONLY_THE_PROGRAM_KNOWS_ITS_FLAGS = noClasses().that().resideOutsideOfPackage(CLI).should()
      .dependOnClassesThat().resideInAPackage("picocli..");

  @ArchTest
  static final ArchRule SERVERS_START_WITHOUT_BOUNCY_CASTLE = noClasses().that()
      .resideOutsideOfPackage("hayloft.cli.cert..").and().doNotHaveFullyQualifiedName("hayloft.common.tls.OlderKeys")
      .should().dependOnClassesThat().resideInAPackage("org.bouncycastle..")
      .because("it takes time to load; only a key in an older form asks for it");

  @ArchTest
  static final ArchRule LINES_OF_THE_LOG_ARE_WRITTEN_IN_ONE_PLACE = noClasses().that()
      .resideOutsideOfPackage("hayloft.common.log..").should()
      .dependOnClassesThat().belongToAnyOf(System.Logger.class)
      .orShould().callMethod(Throwable.class, "printStackTrace")
      .because("an EventLog escapes what clients name, and hides their signatures");

  @ArchTest
  static final ArchRule ROOMS_LOG_WITH_SYSTEM_LOGGER = noClasses().that()
      .resideOutsideOfPackage("hayloft.cli.logging..").should()
      .dependOnClassesThat().resideInAnyPackage("java.util.logging..", "org.slf4j..");

  @ArchTest
  static final ArchRule WORDS_TELL_THE_FLOOR = classes().that()
      .resideInAnyPackage(VOLUME, MASTER, "hayloft.common.volume..")
      .should(haveNoWordIn(List.of("bucket", "s3", "object")));

  @ArchTest
  static final ArchRule NAMES_SAY_SOMETHING = classes().that().resideInAPackage("hayloft..").should(
      endInNoneOf(List.of("Manager", "Util", "Utils", "Helper", "Impl", "Base", "Info")));

  private static ArchCondition<JavaClass> haveNoWordIn(List<String> words) {
    return new ArchCondition<>("have none of " + words + " in their names") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        String name = type.getSimpleName().toLowerCase(Locale.ROOT);
        words.stream().filter(name::contains).forEach(word -> events.add(
            SimpleConditionEvent.violated(type,
                type.getName() + " has \"" + word + "\" in its name, which is a word of another floor")));
      }
    };
  }

  private static ArchCondition<JavaClass> endInNoneOf(List<String> endings) {
    return new ArchCondition<>("end in none of " + endings) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        endings.stream().filter(type.getSimpleName()::endsWith).forEach(ending -> events.add(
            SimpleConditionEvent.violated(type,
                type.getName() + " ends in " + ending + ": the name is still missing")));
      }
    };
  }
}
