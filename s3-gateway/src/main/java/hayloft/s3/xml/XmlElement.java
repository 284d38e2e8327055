package hayloft.s3.xml;

import com.fasterxml.aalto.stax.InputFactoryImpl;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.codehaus.stax2.XMLInputFactory2;

/// An element of a request document. Immutable. Namespaces and attributes are dropped: no S3 request needs them.
///
/// @param name local name
/// @param text the characters directly inside, as they stand
public record XmlElement(String name, String text, List<XmlElement> children) {

  public XmlElement {
    children = List.copyOf(children);
  }

  /// Reads a document. Document types, entities other than XML's own five and encodings other than UTF-8 are refused.
  ///
  /// @throws MalformedXmlException if it is not well-formed, or in any way beyond all S3 documents
  public static XmlElement parse(byte[] document) throws MalformedXmlException {
    XmlBounds.check(document);
    try {
      XMLStreamReader reader = factory().createXMLStreamReader(new ByteArrayInputStream(document));
      try {
        while (true) {
          switch (reader.next()) {
            case XMLStreamConstants.START_ELEMENT -> {
              XmlElement root = read(reader);
              drain(reader);
              return root;
            }
            case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE, XMLStreamConstants.ENTITY_DECLARATION ->
              throw new MalformedXmlException(
                  "document types are refused");
            case XMLStreamConstants.END_DOCUMENT -> throw new MalformedXmlException("no root element");
            default -> {
              // comments and white space before the root
            }
          }
        }
      } finally {
        reader.close();
      }
    } catch (XMLStreamException e) {
      throw new MalformedXmlException("not well-formed: " + e.getMessage());
    }
  }

  /// The only child of a name. Empty if there is none.
  ///
  /// @throws MalformedXmlException if there is more than one
  public Optional<XmlElement> child(String wanted) throws MalformedXmlException {
    Optional<XmlElement> found = Optional.empty();
    for (XmlElement child : children) {
      if (child.name.equals(wanted)) {
        if (found.isPresent()) {
          throw new MalformedXmlException("more than one " + wanted);
        }
        found = Optional.of(child);
      }
    }
    return found;
  }

  /// The text of the only child of a name.
  public Optional<String> childText(String wanted) throws MalformedXmlException {
    return child(wanted).map(XmlElement::text);
  }

  public List<XmlElement> children(String wanted) {
    return children.stream().filter(child -> child.name.equals(wanted)).toList();
  }

  private static void drain(XMLStreamReader reader) throws XMLStreamException {
    while (reader.hasNext()) {
      reader.next();
    }
  }

  /// One for each document: a factory keeps the names of all documents that it has read, in a table that anybody
  /// could make slow.
  private static InputFactoryImpl factory() {
    InputFactoryImpl factory = new InputFactoryImpl();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, false);
    factory.setProperty(XMLInputFactory2.P_LAZY_PARSING, false); // lazy readers report damage as unchecked exceptions
    return factory;
  }

  /// No deeper than [XmlBounds] lets it go.
  private static XmlElement read(XMLStreamReader reader) throws XMLStreamException, MalformedXmlException {
    String name = reader.getLocalName();
    StringBuilder text = new StringBuilder();
    List<XmlElement> children = new ArrayList<>();
    while (true) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> children.add(read(reader));
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE -> text
            .append(reader.getText());
        case XMLStreamConstants.END_ELEMENT -> {
          return new XmlElement(name, text.toString(), children);
        }
        case XMLStreamConstants.ENTITY_REFERENCE -> throw new MalformedXmlException("entity references are refused");
        default -> {
          // comments, processing instructions
        }
      }
    }
  }
}
