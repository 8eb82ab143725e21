"""Small files in the native layouts of the downloads, which several tests here read or damage."""

import io
import json
import tarfile
from dataclasses import dataclass, field
from importlib import resources

from hydra.utils import instantiate
from omegaconf import OmegaConf

ETHANOL_INCHI = "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3"
ETHANOL_KEY = "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"
ETHANOL_BLOCK = """{title}
  by hand

  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.5000    0.0000    0.0000 C   0  0
    2.2500    1.3000    0.0000 O   0  0
  1  2  1  0
  2  3  1  0
M  END
"""
ELECTROLYTE = {
    **{"task_id": "mol-1", "smiles": "CCO", "MW": 46.07, "charge": 0, "point_group": "Cs"},
    **{"formula": "H6 C2 O1", "IE": 5.5, "EA": -1.25, "svg": "<svg/>"},
    **{"oxidation_lithium": 5.5, "oxidation_magnesium": 4.85, "oxidation_hydrogen": 2.46},
    **{"reduction_lithium": -1.25, "reduction_magnesium": -1.9, "reduction_hydrogen": -4.29},
}
"""Of the Electrolyte Genome's REST interface."""
HYDROXYL = [("O", (0.0, 0.0, 0.0)), ("H", (0.0, 0.0, 0.97))]


def molecule(atoms, charge, spin):
    """As pymatgen writes it."""
    sites = [{"name": e, "species": [{"element": e, "occu": 1}], "xyz": xyz} for e, xyz in atoms]
    return {"@class": "Molecule", "charge": charge, "spin_multiplicity": spin, "sites": sites}


def data_set(identifier, **fields):
    """A hydroxyl radical as a LIBE or MADEIRA document."""
    return {
        "molecule_id": identifier,
        "bonds": [[0, 1]],
        "charge": 0,
        "molecule": molecule(HYDROXYL, 0, 2),
        "partial_charges": {"mulliken": [-0.3, 0.3]},
        "partial_spins": {"mulliken": [1.02, -0.02]},
        "thermo": {
            "raw": {"electronic_energy_Ha": -75.74},
            "eV": {
                "electronic_energy": -2061.0,
                "total_enthalpy": 0.25,
                "total_entropy": 0.002,
                "free_energy": -2061.5,
            },
        },
        **fields,
    }


# Methane of QM9 (gdb_1), in its units.
METHANE = "157.7118 157.70997 157.70699 0. 13.21 -0.3877 0.1171 0.5048 35.3641 0.044749 -40.47893 -40.476062 -40.475117 -40.498597 6.469"
METHANE_ATOMS = "C -0.0127 1.0858 8.0009*^-6 -0.5357\n" + "H 0.0022 -0.006 1.*^-5 0.1339\n" * 4
QM9_HEADER = "mol_id,smiles,A,B,C,mu,alpha,homo,lumo,gap,r2,zpve,u0,u298,h298,g298,cv,u0_atom"


def qm9_line(number, smiles, properties=METHANE):
    """A row of qm9.csv."""
    return ",".join([f"gdb_{number}", smiles, *properties.split(), "-395.99"])


def qm9_xyz(number, properties, atoms, smiles):
    """One file of the archive: tabs between the fields, as in the original."""
    lines = [str(atoms.count("\n")), f"gdb {number}\t" + "\t".join(properties.split()) + "\t"]
    lines += ["\t".join(line.split()) for line in atoms.splitlines()]
    return "\n".join(
        [*lines, "1341.3\t1562.7", "\t".join(smiles) + "\t", "InChI=1S/a\tInChI=1S/a\n"]
    )


def qm9_block(number, atoms, bonds, charges=""):
    """A V2000 block with every hydrogen as an atom, as gdb9.sdf has them."""
    lines = [f"gdb_{number}", "  -OEChem-03231823243D", ""]
    lines += [f"{len(atoms):3d}{len(bonds):3d}  0     0  0  0  0  0  0999 V2000"]
    lines += [f"{i:10.4f}{i % 3:10.4f}{0:10.4f} {e:<3} 0  0  0" for i, e in enumerate(atoms)]
    lines += [f"{a:3d}{b:3d}{order:3d}  0" for a, b, order in bonds]
    return "\n".join([*lines, *([charges] if charges else []), "M  END", "$$$$", ""])


HYDROGENS = [(1, 2, 1), (1, 3, 1), (1, 4, 1)]
METHANE_BLOCK = qm9_block(1, "CHHHH", [*HYDROGENS, (1, 5, 1)])


def qm9_archive(texts, mode="w"):
    """The bytes of an archive of files by name."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as tar:
        for name, text in texts.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


SOURCES = resources.files("conf") / "source"
FIRST, SECOND = "CCO", "CCN"
METHANE_CX, SILANE_CX = "[H]C([H])([H])[H]", "[H][Si]([H])([H])[H]"


@dataclass(frozen=True)
class Download:
    """A good file of two rows, whose structures are FIRST and SECOND where it has SMILES."""

    kind: str
    """Of conf/source."""
    file: str
    text: str
    needed: str = ""
    """A word without which the layout is another one: a column, a tag or a field."""
    options: dict = field(default_factory=dict)
    has_smiles: bool = True

    def __str__(self):
        return f"{self.kind} {self.file}"

    def source(self, path):
        """The reader of conf/source for this file at a path."""
        cfg = OmegaConf.create((SOURCES / f"{self.kind}.yaml").read_text(encoding="utf-8"))
        return instantiate(OmegaConf.merge(cfg, self.options, {"path": str(path)}))


def _archive():
    """Two files of QM9 in a tar, whose bytes are all ASCII."""
    texts = {
        f"dsgdb9nsd_{n:06d}.xyz": qm9_xyz(n, METHANE, METHANE_ATOMS, (smiles, smiles))
        for n, smiles in enumerate(("C", "C"), 1)
    }
    return qm9_archive(texts).decode("ascii")


def _lines(*rows):
    return "".join(f"{row}\n" for row in rows)


TAGS = "> <PUBCHEM_COMPOUND_CID>\n{}\n\n> <PUBCHEM_SMILES>\n{}\n\n$$$$\n"
CX = '"{} |(0,0,0;1,0,0;0,1,0;0,0,1;1,1,1)|",9.5'
BLOCK = ETHANOL_BLOCK.format(title="1")
SOLUBILITY = {"Solubility": {"quantity": "log_solubility", "method": "experiment"}}
DOWNLOADS = (
    Download("qm9", "dsgdb9nsd.xyz.tar.gz", _archive(), has_smiles=False),
    Download("qm9", "qm9.csv", _lines(QM9_HEADER, qm9_line(1, FIRST), qm9_line(2, SECOND)), "mol_id"),
    Download("pcqm4m", "data.csv.gz", _lines("smiles,homolumogap", f"{FIRST},6.5", f"{SECOND},6"), "homolumogap"),
    Download("pcqm4mv2", "data.csv.gz", _lines("idx,smiles,homolumogap", f"0,{FIRST},6.5", f"1,{SECOND},6"), "homolumogap"),
    Download("pcqm4mv2", "cxsmiles.csv", _lines("smiles,homo", CX.format(METHANE_CX), CX.format(SILANE_CX)), "homo", has_smiles=False),
    Download("zinc", "250k.csv", _lines("smiles,logP,qed,SAS", f'"{FIRST}\n",0,0.4,2', f'"{SECOND}\n",0,0.4,2'), "smiles"),
    Download("zinc", "leads.smi", _lines(f"{FIRST}\tZINC1", f"{SECOND}\tZINC2"), "ZINC"),
    Download("chembl", "chemreps.txt.gz", _lines("chembl_id\tcanonical_smiles\tstandard_inchi\tstandard_inchi_key", f"CHEMBL545\t{FIRST}\t{ETHANOL_INCHI}\t{ETHANOL_KEY}", f"CHEMBL546\t{SECOND}\t\t"), "canonical_smiles"),
    Download("chembl", "chembl.sdf.gz", 2 * f"{BLOCK}> <chembl_id>\nCHEMBL545\n\n$$$$\n", "chembl_id", has_smiles=False),
    Download("chembl", "compounds.csv", _lines('"ChEMBL ID";"Name";"AlogP";"Smiles"', f'"CHEMBL545";"";"0";"{FIRST}"', f'"CHEMBL546";"";"0";"{SECOND}"'), "Smiles"),
    Download("pubchem", "Compound.sdf.gz", f"{BLOCK}{TAGS.format(702, FIRST)}{BLOCK}{TAGS.format(703, SECOND)}", "PUBCHEM_COMPOUND_CID"),
    Download("pubchem", "CID-SMILES.gz", _lines(f"702\t{FIRST}", f"703\t{SECOND}")),
    Download("pubchem", "pug.csv", _lines('"CID","SMILES","XLogP"', f'702,"{FIRST}",', f'703,"{SECOND}",'), "CID"),
    Download("nist", "records.json", json.dumps(2 * [{"ID": "C64175", "cas_rn": "64-17-5", "inchi": ETHANOL_INCHI}], indent=1), "cas_rn", has_smiles=False),
    Download("nist", "long.csv", _lines("CAS,SMILES,property,unit,value", f"64-17-5,{FIRST},Tb,K,351", f"124-40-3,{SECOND},Tb,K,280"), "property"),
    Download("nist", "wide.csv", _lines("CAS,SMILES,Tm,Tb", f"64-17-5,{FIRST},159,351", f"124-40-3,{SECOND},,280"), "CAS"),
    Download("materials_project", "libe.json.gz", json.dumps([data_set("libe-1"), data_set("libe-2")]), "molecule_id", {"api_key": None}, has_smiles=False),
    Download("electrolyte_genome", "rest.json", json.dumps([ELECTROLYTE, {**ELECTROLYTE, "smiles": SECOND}]), "task_id"),
    Download("table", "mine.csv", _lines("ID,Structure,Solubility", f"1,{FIRST},0.5", f"2,{SECOND},1"), "Structure", {"name": "mine", "smiles": "Structure", "values": SOLUBILITY}),
    Download("table", "mine.smi", _lines(f"{FIRST} ethanol", f"{SECOND} ethylamine"), options={"name": "mine"}),
)  # fmt: skip
